using System.Net;

namespace Weft.Model.Proxying;

/// <summary>What the proxy says about one load balancer. Counts begin with the proxy's process.</summary>
public sealed record ProxyStatus
{
    public const string Active = "active";
    public const string Error = "error";

    public required Guid Uid { get; init; }

    /// <summary><c>active</c>, or <c>error</c>: something of the newest configuration is not in force; the message says what.</summary>
    public required string State { get; init; }

    public string? Message { get; init; }

    public required IReadOnlyList<ProxyListenerStatus> Listeners { get; init; }

    public required IReadOnlyList<ProxyMemberStatus> Members { get; init; }
}

/// <param name="Connections">At this moment.</param>
/// <param name="Refused">Connections, by the limit.</param>
/// <param name="Requests">That have come.</param>
/// <param name="Active">Requests at this moment.</param>
/// <param name="ServerErrors">Answers with 500 and more, the proxy's own included.</param>
/// <param name="BytesIn">From clients, on the wire.</param>
public sealed record ProxyListenerStatus(
    string Name, string State, string? Message, long Connections, long TotalConnections, long Refused,
    long Requests, long Active, long ServerErrors, long BytesIn, long BytesOut);

/// <param name="Failures">It could not be reached, or went away before it answered.</param>
/// <param name="BytesIn">To the member, on the wire: what clients send, as at the listener.</param>
public sealed record ProxyMemberStatus(
    string Pool, string Id, IPAddress Address, ushort Port, long Requests, long Active, long Failures, long ServerErrors,
    long BytesIn, long BytesOut);
