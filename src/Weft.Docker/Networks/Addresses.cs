using System.Net;
using System.Net.Sockets;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Docker.Networks;

/// <summary>Small questions about addresses of a network.</summary>
static class Addresses
{
    public static IPAddress DefaultGateway(Subnet subnet) =>
        (subnet.Prefix.First() + 1).ToAddress(subnet.Prefix.BaseAddress.AddressFamily);

    public static IPAddress GatewayOf(Subnet subnet) => subnet.Gateway ?? DefaultGateway(subnet);

    public static Subnet? SubnetOf(NodeNetwork network, IPAddress address) =>
        network.Subnets.FirstOrDefault(subnet => subnet.Prefix.Contains(address));

    public static IPAddress? OfFamily(IEnumerable<IPAddress> addresses, AddressFamily family) =>
        addresses.FirstOrDefault(address => address.AddressFamily == family);
}
