using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Weft.Model.Addressing;
using Weft.Model.Resources;

namespace Weft.Agent.Desired;

/// <summary>The interface of this node that leads to an external network, as the host has it. Equal by what it holds.</summary>
/// <param name="Mtu">Bytes of L3.</param>
/// <param name="Addresses">Without link-local ones; what connections may leave by first.</param>
sealed record UplinkFacts(string Interface, int Ifindex, MacAddress Mac, int Mtu, ImmutableArray<UplinkAddress> Addresses)
{
    public bool Equals(UplinkFacts? other) =>
        other is not null && Interface == other.Interface && Ifindex == other.Ifindex && Mac == other.Mac && Mtu == other.Mtu
        && Addresses.AsSpan().SequenceEqual(other.Addresses.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Ifindex, Addresses.Length);

    internal bool Has(IPAddress address) => Addresses.Any(own => own.Address.Equals(address));

    /// <summary>The node's own address there; null: it has none of that family.</summary>
    internal IPAddress? AddressOf(AddressFamily family) =>
        Addresses.Select(own => own.Address).FirstOrDefault(address => address.AddressFamily == family);
}

/// <param name="PrefixLength">Of the subnet on the link.</param>
readonly record struct UplinkAddress(IPAddress Address, int PrefixLength)
{
    internal IPNetwork Link => Address.PrefixAround(PrefixLength);
}

/// <summary>What this node knows of the outside by itself.</summary>
/// <param name="Uplinks">By uid of the external network.</param>
/// <param name="SharedPorts">Ports of its own addresses that the host does not use for its own connections; null: it uses all.</param>
/// <param name="AnswersFloating">
/// It may answer for floating IPs: the server has confirmed the state, or the vrouter of an earlier agent has done so all the
/// while. Otherwise they may have moved elsewhere meanwhile.
/// </param>
sealed record OutsideFacts(ImmutableDictionary<Guid, UplinkFacts> Uplinks, PortRange? SharedPorts, bool AnswersFloating)
{
    /// <summary>It may answer for floating IPs of load balancers: those move without their members.</summary>
    public bool AnswersBalancers { get; init; } = true;

    internal static readonly OutsideFacts Empty = new(ImmutableDictionary<Guid, UplinkFacts>.Empty, null, false);

    /// <summary>External networks that it says something new of.</summary>
    internal IEnumerable<Guid> Differences(OutsideFacts other) =>
        SharedPorts != other.SharedPorts || AnswersFloating != other.AnswersFloating || AnswersBalancers != other.AnswersBalancers
            ? Uplinks.Keys.Union(other.Uplinks.Keys)
            : Uplinks.Keys.Union(other.Uplinks.Keys).Where(uid => !Equals(Uplinks.GetValueOrDefault(uid), other.Uplinks.GetValueOrDefault(uid)));
}
