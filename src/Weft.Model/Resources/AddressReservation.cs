using System.Net;
using System.Text.Json.Serialization;

namespace Weft.Model.Resources;

/// <summary>
/// An address taken out of a network's pools before its port exists: Docker asks for addresses first
/// and makes the endpoint later. Named <c>network:address</c>. Creating a port with this address on the
/// same node consumes it.
/// </summary>
public sealed record AddressReservation : ProjectResource
{
    public const string KindName = "address";

    [JsonPropertyOrder(KindOrder)]
    public override string Kind => KindName;

    /// <summary>Required. Name of the network, in the same project.</summary>
    public string Network { get; init => field = value ?? ""; } = "";

    /// <summary>Chosen by the server when not given; always there in what is stored.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The node that asked for it.</summary>
    public string? Node { get; init; }

    public static string NameOf(string network, IPAddress address) => $"{network}:{address}";
}
