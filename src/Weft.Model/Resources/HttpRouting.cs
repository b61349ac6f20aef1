using Weft.Model.State;

namespace Weft.Model.Resources;

/// <summary>What an HTTP or HTTPS listener does with requests, beside what every listener has. Equal by what it holds.</summary>
public sealed record HttpHandling
{
    /// <summary>Of HTTPS: names of certificates of the project; the client's server name chooses, the first when none fits.</summary>
    public IReadOnlyList<string>? Certificates { get; init; }

    /// <summary>Of HTTPS: certificates on the load balancer's node, read again when they change; after the named ones.</summary>
    public IReadOnlyList<CertificateFile>? CertificateFiles { get; init; }

    /// <summary>The first that fits a request decides; the listener's pool when none does.</summary>
    public IReadOnlyList<HttpRoute>? Routes { get; init; }

    /// <summary>For a whole request with its answer, WebSockets apart; no limit when 0.</summary>
    public int RequestTimeoutSeconds { get; init; }

    /// <summary>How long a request, its answer or a WebSocket may be silent; 60 when 0.</summary>
    public int IdleTimeoutSeconds { get; init; }

    public bool Equals(HttpHandling? other) =>
        other is not null
        && RequestTimeoutSeconds == other.RequestTimeoutSeconds && IdleTimeoutSeconds == other.IdleTimeoutSeconds
        && Sequences.Equal(Certificates, other.Certificates) && Sequences.Equal(CertificateFiles, other.CertificateFiles)
        && Sequences.Equal(Routes, other.Routes);

    public override int GetHashCode() => HashCode.Combine(Certificates?.Count ?? 0, Routes?.Count ?? 0, RequestTimeoutSeconds);
}

/// <summary>A certificate that lies on the node, in PEM.</summary>
public sealed record CertificateFile
{
    /// <summary>Required. Path of the certificate with the ones that lead to its root.</summary>
    public string Chain { get; init => field = value ?? ""; } = "";

    /// <summary>Required. Path of its private key.</summary>
    public string Key { get; init => field = value ?? ""; } = "";
}

/// <summary>What becomes of requests that match: one of pool, redirect, respond. Equal by what it holds.</summary>
public sealed record HttpRoute
{
    /// <summary>Every request when not given.</summary>
    public HttpMatch? Match { get; init; }

    /// <summary>Name of a pool of the load balancer.</summary>
    public string? Pool { get; init; }

    public HttpRedirect? Redirect { get; init; }

    public HttpAnswer? Respond { get; init; }

    /// <summary>Put in the place of the match's path prefix, of requests to a pool.</summary>
    public string? ReplacePrefix { get; init; }

    /// <summary>Of requests to a pool.</summary>
    public HeaderChanges? RequestHeaders { get; init; }

    public HeaderChanges? ResponseHeaders { get; init; }

    /// <summary>The listener's when 0.</summary>
    public int RequestTimeoutSeconds { get; init; }
}

/// <summary>All that is given must fit. Equal by what it holds.</summary>
public sealed record HttpMatch
{
    /// <summary>One of these: a name, or <c>*.example.org</c> for every name below.</summary>
    public IReadOnlyList<string>? Hosts { get; init; }

    /// <summary>Exactly this.</summary>
    public string? Path { get; init; }

    /// <summary>This and what is below: <c>/api</c> fits <c>/api</c> and <c>/api/x</c>, not <c>/apis</c>.</summary>
    public string? PathPrefix { get; init; }

    /// <summary>One of these.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>All of these.</summary>
    public IReadOnlyList<HeaderMatch>? Headers { get; init; }

    public bool Equals(HttpMatch? other) =>
        other is not null
        && Path == other.Path && PathPrefix == other.PathPrefix
        && Sequences.Equal(Hosts, other.Hosts) && Sequences.Equal(Methods, other.Methods)
        && Sequences.Equal(Headers, other.Headers);

    public override int GetHashCode() => HashCode.Combine(Path, PathPrefix, Hosts?.Count ?? 0);
}

/// <summary>A header that a request must have.</summary>
public sealed record HeaderMatch
{
    /// <summary>Required.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>Exactly this; any when not given.</summary>
    public string? Value { get; init; }
}

/// <summary>First what is removed, then what is set. Equal by what it holds.</summary>
public sealed record HeaderChanges
{
    public IReadOnlyDictionary<string, string>? Set { get; init; }

    public IReadOnlyList<string>? Remove { get; init; }

    /// <summary>What is set has no order.</summary>
    public bool Equals(HeaderChanges? other) =>
        other is not null && Sequences.Equal(Remove, other.Remove)
        && (Set?.Count ?? 0) == (other.Set?.Count ?? 0)
        && (Set ?? new Dictionary<string, string>()).All(pair => other.Set!.TryGetValue(pair.Key, out var value) && value == pair.Value);

    public override int GetHashCode() => HashCode.Combine(Set?.Count ?? 0, Remove?.Count ?? 0);
}

/// <summary>Where a client is sent. What is not given stays as it was asked for.</summary>
public sealed record HttpRedirect
{
    /// <summary>301, 302, 303, 307 or 308; 302 when 0.</summary>
    public int Status { get; init; }

    /// <summary><c>http</c> or <c>https</c>; another scheme than asked for goes to its own port.</summary>
    public string? Scheme { get; init; }

    public string? Host { get; init; }

    public ushort Port { get; init; }

    /// <summary>
    /// <c>{path}</c> stands for the path asked for, <c>{rest}</c> for what of it comes after the match's prefix. The query stays.
    /// </summary>
    public string? Path { get; init; }
}

/// <summary>An answer that needs no member.</summary>
public sealed record HttpAnswer
{
    /// <summary>Required; 200 to 599.</summary>
    public int Status { get; init; }

    public string? Body { get; init; }

    /// <summary><c>text/plain; charset=utf-8</c> when not given.</summary>
    public string? ContentType { get; init; }
}

/// <summary>How HTTP listeners speak with the members of a pool. Equal by what it holds.</summary>
public sealed record HttpPool
{
    public const string Http = "http";
    public const string Https = "https";
    public const string H2c = "h2c";
    public const string H2 = "h2";

    /// <summary>
    /// <c>http</c> (1.1) when not given, <c>https</c> (1.1 over TLS), <c>h2c</c> (HTTP/2 in the clear, as gRPC needs it),
    /// <c>h2</c> (HTTP/2 over TLS).
    /// </summary>
    public string? Protocol { get; init; }

    /// <summary>A client comes back to its member by a cookie.</summary>
    public StickyCookie? Cookie { get; init; }

    /// <summary>Of https and h2.</summary>
    public MemberTls? Tls { get; init; }
}

/// <summary>A cookie that names the member that served first. When that one is not well, another takes over and is named.</summary>
public sealed record StickyCookie
{
    public const string DefaultName = "weft-member";

    /// <summary><c>weft-member</c> when not given.</summary>
    public string? Name { get; init; }

    /// <summary>How long clients keep it; for their session when 0.</summary>
    public int MaxAgeSeconds { get; init; }
}

/// <summary>How a member proves who it is.</summary>
public sealed record MemberTls
{
    /// <summary>False: anybody is believed. True when not given.</summary>
    public bool? Verify { get; init; }

    /// <summary>Certificates in PEM that a member's must lead to; the system's when not given.</summary>
    public string? Ca { get; init; }

    /// <summary>Asked for, and looked for in the certificate. Not needed with a CA of one's own: then that is proof enough.</summary>
    public string? ServerName { get; init; }
}
