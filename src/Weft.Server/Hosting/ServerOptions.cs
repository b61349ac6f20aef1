using System.Net;
using Weft.Analytics.Ipfix;
using Weft.Server.Commits;
using Weft.Server.Flows;

namespace Weft.Server.Hosting;

public sealed record ServerOptions
{
    public const int DefaultPort = 7440;

    /// <summary>Where everything is that must survive; made when missing, closed to all but its owner.</summary>
    public string DataDirectory { get; init; } = "/var/lib/weft";

    /// <summary>The API without tokens, for root only; null: none.</summary>
    public string? UnixSocket { get; init; } = "/run/weft/weft.sock";

    /// <summary>The API with tokens, and agents; always TLS, with a certificate of the cluster's own authority.</summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [new(IPAddress.Loopback, DefaultPort)];

    /// <summary>More names and addresses that clients know the server by, for its certificate.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Where flow records are exported to.</summary>
    public IReadOnlyList<IpfixCollector> Collectors { get; init; } = [];

    public ClusterOptions Cluster { get; init; } = new();

    /// <summary>Null: this server keeps no flow records.</summary>
    public FlowOptions? Flows { get; init; }
}
