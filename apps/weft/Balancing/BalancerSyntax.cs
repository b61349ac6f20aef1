using Weft.Model.Resources;

namespace Weft.Cli.Balancing;

/// <summary>Listeners, members and health monitors in one word each.</summary>
static class BalancerSyntax
{
    public const string ListenerHelp = "PROTOCOL:PORTS[,pool=NAME][,name=NAME][,limit=CONNECTIONS][,certificate=NAME[+NAME]][,redirect=https][,disabled]";
    public const string MemberHelp = "PORT[:NUMBER][,weight=1-256][,limit=CONNECTIONS][,disabled]";

    public const string MonitorHelp = "tcp, udp, ping or http[:/PATH]; then [,interval=1s][,timeout=500ms][,rise=1][,fall=1][,port=NUMBER]"
        + "[,method=GET][,host=NAME][,codes=200-299+304]";

    /// <exception cref="WordException">It is no listener.</exception>
    public static Listener Listener(string text)
    {
        var words = Words.Of(text, "pool=", "name=", "limit=", "certificate=", "redirect=", "disabled");
        var colon = words.Head.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
            throw new WordException("must be PROTOCOL:PORTS such as tcp:80");
        return new()
        {
            Protocol = words.Head[..colon],
            Ports = Words.Ports(words.Head[(colon + 1)..], "port"),
            Name = words.Text("name") ?? "",
            Pool = words.Text("pool"),
            MaxConnections = (uint)(words.Number("limit", 1, uint.MaxValue) ?? 0),
            Enabled = words.Has("disabled") ? false : null,
            Http = Http(words.Text("certificate"), words.Text("redirect")),
        };
    }

    /// <exception cref="WordException">It is no member.</exception>
    public static Member Member(string text)
    {
        var words = Words.Of(text, "weight=", "limit=", "disabled");
        var colon = words.Head.IndexOf(':', StringComparison.Ordinal);
        var port = colon < 0 ? words.Head : words.Head[..colon];
        if (port.Length == 0)
            throw new WordException("must begin with the name of a port, such as web1:8080");
        return new()
        {
            Port = port,
            TargetPort = (ushort)(colon < 0 ? 0 : Words.Number(words.Head[(colon + 1)..], "port", 1, ushort.MaxValue)),
            Weight = (int?)words.Number("weight", 0, 256),
            MaxConnections = (uint)(words.Number("limit", 1, uint.MaxValue) ?? 0),
            Enabled = words.Has("disabled") ? false : null,
        };
    }

    static HttpHandling? Http(string? certificates, string? redirect) => certificates is null && redirect is null ? null : new()
    {
        Certificates = certificates?.Split('+'),
        Routes = redirect is null ? null : [new() { Redirect = new() { Status = 301, Scheme = redirect } }],
    };

    /// <exception cref="WordException">It is no way to ask.</exception>
    public static HealthMonitor Monitor(string text)
    {
        var words = Words.Of(text, "interval=", "timeout=", "rise=", "fall=", "port=", "method=", "host=", "codes=");
        var colon = words.Head.IndexOf(':', StringComparison.Ordinal);
        return new()
        {
            Type = colon < 0 ? words.Head : words.Head[..colon],
            Path = colon < 0 ? null : words.Head[(colon + 1)..],
            IntervalMilliseconds = words.Milliseconds("interval") ?? 0,
            TimeoutMilliseconds = words.Milliseconds("timeout") ?? 0,
            Rise = (int)(words.Number("rise", 1, 100) ?? 0),
            Fall = (int)(words.Number("fall", 1, 100) ?? 0),
            Port = (ushort)(words.Number("port", 1, ushort.MaxValue) ?? 0),
            Method = words.Text("method"),
            Host = words.Text("host"),
            Codes = words.Text("codes") is { } codes ? [.. codes.Split('+').Select(code => Words.Ports(code, "code"))] : null,
        };
    }
}
