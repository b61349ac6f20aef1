using System.Globalization;

namespace Weft.Analytics.Ipfix;

public enum IpfixTransport { Udp, Tcp }

/// <summary>Where records are exported to, and how they are wanted there.</summary>
public sealed record IpfixCollector(IpfixTransport Transport, string Host, int Port, IpfixFormat Format)
{
    /// <summary>RFC 7011 section 10.3.4.</summary>
    public const int DefaultPort = 4739;

    /// <summary>Of a packet on the way to the collector, without asking.</summary>
    const int DefaultMtu = 1500;

    /// <summary>Of IPv6 and UDP.</summary>
    const int Headers = 48;

    /// <summary>Of a message over TCP, so that one is not waited for long.</summary>
    const int TcpMessage = 16384;

    static readonly TimeSpan s_templateAge = TimeSpan.FromMinutes(1);

    /// <summary>For people and metrics.</summary>
    public string Name => $"{(Transport == IpfixTransport.Udp ? "udp" : "tcp")}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";

    /// <summary>
    /// Reads <c>udp://HOST:PORT</c> or <c>tcp://HOST:PORT</c> with <c>?biflow=off</c>, <c>observer=all</c>,
    /// <c>enterprise=NUMBER|off</c>, <c>mtu=BYTES</c>, <c>refresh=SECONDS</c>.
    /// </summary>
    public static bool TryParse(string text, out IpfixCollector collector, out string fault)
    {
        collector = null!;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("udp" or "tcp") || uri.Host.Length == 0
            || uri.AbsolutePath is not ("" or "/"))
        {
            fault = $"{text}: must be a collector such as udp://192.0.2.9:{DefaultPort} or tcp://collector.example:{DefaultPort}?biflow=off";
            return false;
        }
        var isUdp = uri.Scheme == "udp";
        var format = new IpfixFormat
        {
            MessageLength = isUdp ? DefaultMtu - Headers : TcpMessage,
            TemplateAge = isUdp ? s_templateAge : TimeSpan.Zero,
        };
        fault = "";
        foreach (var option in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = option.Split('=', 2) is [var left, var right] ? (left, right) : (option, "");
            if (With(format, isUdp, name, value) is not { } changed)
            {
                fault = $"{text}: {option}: {Wanted(name)}";
                return false;
            }
            format = changed;
        }
        collector = new(isUdp ? IpfixTransport.Udp : IpfixTransport.Tcp, uri.DnsSafeHost, uri.Port is > 0 and var port ? port : DefaultPort, format);
        return true;
    }

    static IpfixFormat? With(IpfixFormat format, bool isUdp, string name, string value) => (name, value) switch
    {
        ("biflow", "on") => format with { Biflows = true },
        ("biflow", "off") => format with { Biflows = false },
        ("observer", "entry") => format with { AllObservers = false },
        ("observer", "all") => format with { AllObservers = true },
        ("enterprise", "off") => format with { Enterprise = 0 },
        ("enterprise", _) when IsWithin(value, 1, int.MaxValue, out var number) => format with { Enterprise = (uint)number },
        ("mtu", _) when isUdp && IsWithin(value, IpfixFormat.LeastMessage + Headers, ushort.MaxValue, out var mtu) => format with { MessageLength = mtu - Headers },
        ("refresh", _) when isUdp && IsWithin(value, 1, 86400, out var seconds) => format with { TemplateAge = TimeSpan.FromSeconds(seconds) },
        _ => null,
    };

    static bool IsWithin(string text, int least, int most, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most;

    static string Wanted(string name) => name switch
    {
        "biflow" => "must be on or off",
        "observer" => "must be entry or all",
        "enterprise" => "must be a private enterprise number of IANA's, or off",
        "mtu" => $"must be from {IpfixFormat.LeastMessage + Headers} to {ushort.MaxValue}, with udp",
        "refresh" => "must be seconds from 1 to 86400, with udp",
        _ => "is not known: biflow, observer, enterprise, mtu and refresh are",
    };
}
