using System.Net;

namespace Weft.Model.Resources;

/// <summary>
/// An address taken out of a network's pools before its port exists: Docker asks for addresses first
/// and makes the endpoint later. Named by the address. Creating a port with this address on the same
/// node consumes it.
/// </summary>
public sealed record AddressReservation : ProjectResource
{
    public const string KindName = "address";

    public override string Kind => KindName;

    public required string Network { get; init; }

    public required IPAddress Address { get; init; }

    /// <summary>The node that asked for it.</summary>
    public string? Node { get; init; }
}
