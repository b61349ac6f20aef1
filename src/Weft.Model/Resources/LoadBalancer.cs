using System.Net;
using System.Text.Json.Serialization;
using Weft.Model.State;

namespace Weft.Model.Resources;

/// <summary>A virtual IP in a network, with what listens there and who serves. One document, one moment of change.</summary>
public sealed record LoadBalancer : ProjectResource
{
    public const string KindName = "load-balancer";

    /// <summary>Label of ports that a container's own label makes members; its value is the load balancer's name.</summary>
    public const string MemberLabel = "load-balancer";

    [JsonPropertyOrder(KindOrder)]
    public override string Kind => KindName;

    /// <summary>Required. Name of a network of the project; members are in it too.</summary>
    public string Network { get; init => field = value ?? ""; } = "";

    /// <summary>The virtual IPs, one of each family at most; one per subnet's family when not given.</summary>
    public IReadOnlyList<IPAddress>? Addresses { get; init; }

    /// <summary>False: nobody is let in, as if there were no members. True when not given.</summary>
    public bool? Enabled { get; init; }

    public IReadOnlyList<Listener>? Listeners { get; init; }

    public IReadOnlyList<Pool>? Pools { get; init; }

    /// <summary>
    /// The node that answers for its floating IPs, and where its L7 listeners run. Chosen by the server among the nodes that
    /// are there, and chosen anew when that one is gone.
    /// </summary>
    public string? Node { get; init; }

    /// <summary>Told by the server and the nodes; not stored.</summary>
    public LoadBalancerStatus? Status { get; init; }
}

/// <summary>Where clients come. Equal by what it holds.</summary>
public sealed record Listener
{
    public const string Tcp = "tcp";
    public const string Udp = "udp";
    public const string HttpProtocol = "http";
    public const string HttpsProtocol = "https";

    /// <summary>Unique in the load balancer; <c>tcp-80</c> when not given.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>Required: <c>tcp</c>, <c>udp</c> in the vrouter; <c>http</c>, <c>https</c> by the proxy.</summary>
    public string Protocol { get; init => field = value ?? ""; } = "";

    /// <summary>Required; at most 1,024 ports. Listeners of one protocol must not overlap.</summary>
    public PortRange Ports { get; init; }

    /// <summary>Name of a pool of the load balancer; the only one when not given.</summary>
    public string? Pool { get; init; }

    /// <summary>Connections at once; no limit when 0.</summary>
    public uint MaxConnections { get; init; }

    /// <summary>True when not given.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Of http and https.</summary>
    public HttpHandling? Http { get; init; }

    /// <summary>Its connections end in the proxy.</summary>
    public bool IsHttp() => Protocol is HttpProtocol or HttpsProtocol;
}

/// <summary>Who serves, and how one of them is chosen. Equal by what it holds.</summary>
public sealed record Pool
{
    public const string RoundRobin = "round-robin";
    public const string LeastConnections = "least-connections";
    public const string SourceHash = "source-hash";

    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary><c>round-robin</c> when not given, <c>least-connections</c>, or <c>source-hash</c> (Maglev by client address).</summary>
    public string? Algorithm { get; init; }

    /// <summary>Seconds for which a client address keeps its member after its last new connection; 0: it does not.</summary>
    public int AffinitySeconds { get; init; }

    public IReadOnlyList<Member>? Members { get; init; }

    /// <summary>Ports of the network that have all these labels are members too.</summary>
    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    /// <summary>Port number of members that give none of their own, also of those that the selector finds. The listener's port when 0.</summary>
    public ushort MemberPort { get; init; }

    /// <summary>None: members are taken for healthy.</summary>
    public HealthMonitor? HealthMonitor { get; init; }

    /// <summary>How http and https listeners speak with its members.</summary>
    public HttpPool? Http { get; init; }

    public bool Equals(Pool? other) =>
        other is not null
        && Name == other.Name && Algorithm == other.Algorithm && AffinitySeconds == other.AffinitySeconds
        && MemberPort == other.MemberPort && Equals(HealthMonitor, other.HealthMonitor) && Equals(Http, other.Http)
        && Sequences.Equal(Members, other.Members) && Sequences.Equal(Selector, other.Selector);

    public override int GetHashCode() => HashCode.Combine(Name, Algorithm, Members?.Count ?? 0);
}

/// <summary>One who serves.</summary>
public sealed record Member
{
    /// <summary>Required. Name of a port of the load balancer's network. It need not exist yet.</summary>
    public string Port { get; init => field = value ?? ""; } = "";

    /// <summary>Port number; the pool's when 0.</summary>
    public ushort TargetPort { get; init; }

    /// <summary>1 to 256; 1 when not given. 0: draining: it keeps its connections and gets no new ones.</summary>
    public int? Weight { get; init; }

    /// <summary>Connections at once; no limit when 0.</summary>
    public uint MaxConnections { get; init; }

    /// <summary>False: as if it were not there. True when not given.</summary>
    public bool? Enabled { get; init; }
}

/// <summary>How a member is asked whether it is well, from its own node. Equal by what it holds.</summary>
public sealed record HealthMonitor
{
    public const string Tcp = "tcp";
    public const string Http = "http";
    public const string Udp = "udp";
    public const string Ping = "ping";

    /// <summary>Milliseconds.</summary>
    public const int DefaultInterval = 1000;

    /// <summary><c>tcp</c>, <c>http</c>, <c>udp</c> or <c>ping</c>. Required.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    /// <summary>1000 when 0; 100 to 600000.</summary>
    public int IntervalMilliseconds { get; init; }

    /// <summary>The interval when 0; at most that.</summary>
    public int TimeoutMilliseconds { get; init; }

    /// <summary>So many good answers in a row make a member healthy; 1 when 0.</summary>
    public int Rise { get; init; }

    /// <summary>So many bad ones in a row make it unhealthy; 1 when 0.</summary>
    public int Fall { get; init; }

    /// <summary>Where to ask; the member's own port when 0.</summary>
    public ushort Port { get; init; }

    /// <summary>Of HTTP; <c>GET</c> when not given.</summary>
    public string? Method { get; init; }

    /// <summary>Of HTTP; <c>/</c> when not given.</summary>
    public string? Path { get; init; }

    /// <summary>Of HTTP: the <c>Host</c> header; the member's address when not given.</summary>
    public string? Host { get; init; }

    /// <summary>Of HTTP: codes that are good, as <c>200-299</c>; that range when not given.</summary>
    public IReadOnlyList<PortRange>? Codes { get; init; }

    public bool Equals(HealthMonitor? other) =>
        other is not null
        && Type == other.Type && IntervalMilliseconds == other.IntervalMilliseconds
        && TimeoutMilliseconds == other.TimeoutMilliseconds && Rise == other.Rise && Fall == other.Fall
        && Port == other.Port && Method == other.Method && Path == other.Path && Host == other.Host
        && Sequences.Equal(Codes, other.Codes);

    public override int GetHashCode() => HashCode.Combine(Type, IntervalMilliseconds, Port, Path);
}

/// <param name="State"><c>active</c>; <c>degraded</c>: some member is not well; <c>down</c>: nobody serves; <c>error</c>: see the message.</param>
public sealed record LoadBalancerStatus(string State, string? Message, IReadOnlyList<MemberStatus>? Members, IReadOnlyList<ListenerStatus>? Listeners);

/// <param name="State"><c>up</c>, <c>down</c>, <c>draining</c>, <c>disabled</c>, <c>absent</c> (no such port, or on no node), <c>unknown</c> (not asked yet).</param>
/// <param name="Connections">At this moment, on all nodes.</param>
public sealed record MemberStatus(
    string Pool, string Port, string? Address, ushort TargetPort, string State, string? Message,
    ulong Connections, ulong Total, ulong BytesIn, ulong BytesOut);

/// <param name="Refused">By a limit, or with nobody to go to.</param>
public sealed record ListenerStatus(string Name, ulong Connections, ulong Total, ulong Refused, ulong BytesIn, ulong BytesOut);
