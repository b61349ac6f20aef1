using Weft.Model.Addressing;
using Weft.Model.Local;

namespace Weft.Agent.Attachments;

/// <summary>An interface that waits in the host's namespace for another program to move and address it.</summary>
/// <param name="Port">Uid.</param>
/// <param name="Interface">Of the end to move; down, without addresses.</param>
/// <param name="HostInterface">The end that stays.</param>
/// <param name="MacAddress">Of the end to move; set already.</param>
/// <param name="Addresses">To be given to it.</param>
/// <param name="Mtu">Bytes of L3; set already.</param>
/// <param name="Timing">Where the time went.</param>
public sealed record PreparedEndpoint(
    Guid Port,
    string Interface,
    string HostInterface,
    MacAddress MacAddress,
    IReadOnlyList<IPNetworkAddress> Addresses,
    int Mtu,
    AttachTiming Timing);
