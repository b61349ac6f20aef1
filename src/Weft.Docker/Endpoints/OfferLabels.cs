using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Weft.Agent.Control;
using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;

namespace Weft.Docker.Endpoints;

/// <summary>
/// Reads what a container's labels ask for besides its port: <c>weft.floating-ip</c>, <c>weft.load-balancer</c> and what is under
/// them.
/// </summary>
sealed class OfferLabels
{
    public const string FloatingIp = "weft.floating-ip";
    public const string LoadBalancer = "weft.load-balancer";

    /// <summary>Which of the container's networks is meant, when there are several.</summary>
    public const string Network = "weft.network";

    const string Auto = "auto";

    static readonly string[] Known =
    [
        FloatingIp, FloatingIp + ".open", LoadBalancer, LoadBalancer + ".listen", LoadBalancer + ".port", LoadBalancer + ".weight",
        LoadBalancer + ".algorithm", LoadBalancer + ".affinity", LoadBalancer + ".monitor", LoadBalancer + ".floating-ip", Network,
    ];

    readonly Dictionary<string, string> _labels;

    OfferLabels(Dictionary<string, string> labels) => _labels = labels;

    /// <summary>Whether a label is one of these.</summary>
    public static bool Is(string name) => Known.Contains(name, StringComparer.Ordinal);

    /// <returns>Null: nothing is asked for.</returns>
    /// <exception cref="FormatException">A label is not understood; the message names it and says what would be.</exception>
    public static PortOffer? Read(IEnumerable<KeyValuePair<string, string>> labels)
    {
        var reader = new OfferLabels(labels.Where(label => Is(label.Key)).ToDictionary(StringComparer.Ordinal));
        var floating = reader.ReadFloating(FloatingIp, reader.Has(FloatingIp + ".open") ? reader.Mappings(FloatingIp + ".open") : []);
        var balancer = reader.ReadBalancer();
        foreach (var (owner, part) in ((string, string)[])[(FloatingIp, FloatingIp + ".open"),
            .. Known.Where(name => name.StartsWith(LoadBalancer + ".", StringComparison.Ordinal)).Select(name => (LoadBalancer, name))])
        {
            if (reader.Has(part) && !reader.Has(owner))
                throw new FormatException($"'{part}' says nothing without '{owner}'");
        }
        return floating is null && balancer is null ? null : new(floating, balancer);
    }

    BalancerOffer? ReadBalancer()
    {
        if (!_labels.TryGetValue(LoadBalancer, out var name))
            return null;
        var port = _labels.TryGetValue(LoadBalancer + ".port", out var text) ? Port(LoadBalancer + ".port", text) : (ushort)0;
        var listeners = Listeners(port);
        return new(
            name, listeners, port,
            Has(LoadBalancer + ".weight") ? Number(LoadBalancer + ".weight", 0, 256) : null,
            _labels.GetValueOrDefault(LoadBalancer + ".algorithm"),
            Has(LoadBalancer + ".affinity") ? Number(LoadBalancer + ".affinity", 1, 86_400) : 0,
            Monitor(), ReadFloating(LoadBalancer + ".floating-ip", []));
    }

    ImmutableArray<Listener> Listeners(ushort port)
    {
        const string Label = LoadBalancer + ".listen";
        if (!_labels.TryGetValue(Label, out var text))
        {
            return port == 0
                ? throw new FormatException($"'{LoadBalancer}' needs '{LoadBalancer}.port=PORT', or '{Label}=tcp:PORT'")
                : [new() { Protocol = Listener.Tcp, Ports = new(port, port) }];
        }
        return [.. Items(text).Select(item =>
        {
            var parts = item.Split(':');
            return parts.Length == 2 && PortRange.TryParse(parts[1], out var range)
                ? new Listener { Protocol = parts[0], Ports = range }
                : throw Not(Label, text, "PROTOCOL:PORT,… as tcp:80,udp:53");
        })];
    }

    FloatingOffer? ReadFloating(string label, ImmutableArray<NodePortMapping> open)
    {
        if (!_labels.TryGetValue(label, out var text))
            return null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var external = slash < 0 ? null : text[..slash];
        var address = text[(slash + 1)..];
        if (external is not "" && address == Auto)
            return new(external, null, open);
        return external is not "" && IPAddress.TryParse(address, out var parsed)
            ? new(external, parsed, open)
            : throw Not(label, text, "auto, an address, or EXTERNAL-NETWORK/ before one of these");
    }

    HealthMonitor? Monitor()
    {
        const string Label = LoadBalancer + ".monitor";
        if (!_labels.TryGetValue(Label, out var text))
            return null;
        var parts = Items(text);
        var (type, path) = parts.Length == 0 ? ("", null) : parts[0].Split(':', 2) is [var one, var rest] ? (one, rest) : (parts[0], null);
        var monitor = new HealthMonitor { Type = type, Path = type == HealthMonitor.Http ? path ?? "/" : null };
        if (type is not (HealthMonitor.Tcp or HealthMonitor.Http or HealthMonitor.Udp or HealthMonitor.Ping)
            || path is not null && type != HealthMonitor.Http)
            throw Not(Label, text, "tcp, http:/PATH, udp or ping, and after it interval=5s, fall=3, rise=2");
        foreach (var part in parts.Skip(1))
        {
            monitor = part.Split('=', 2) switch
            {
                ["interval", var interval] => monitor with { IntervalMilliseconds = Milliseconds(Label, interval) },
                ["fall", var count] => monitor with { Fall = Number(Label, count, 1, 100) },
                ["rise", var count] => monitor with { Rise = Number(Label, count, 1, 100) },
                _ => throw Not(Label, text, "tcp, http:/PATH, udp or ping, and after it interval=5s, fall=3, rise=2"),
            };
        }
        return monitor;
    }

    /// <summary><c>tcp:443:8443</c>: 443 outside, 8443 inside.</summary>
    ImmutableArray<NodePortMapping> Mappings(string label) => [.. Items(_labels[label]).Select(item =>
    {
        var parts = item.Split(':');
        if (parts.Length is not (2 or 3) || !IpProtocols.TryParse(parts[0], out var protocol) || !IpProtocols.HasPorts(protocol)
            || !PortRange.TryParse(parts[1], out var range))
            throw Not(label, _labels[label], "PROTOCOL:PORT or PROTOCOL:PORT:CONTAINER-PORT,… as tcp:443:8443");
        return new NodePortMapping(protocol, range, parts.Length == 3 ? Port(label, parts[2]) : range.First);
    })];

    bool Has(string label) => _labels.ContainsKey(label);

    int Number(string label, int least, int most) => Number(label, _labels[label], least, most);

    static int Number(string label, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Not(label, text, $"a number from {least} to {most}");

    static ushort Port(string label, string text) => (ushort)Number(label, text, 1, ushort.MaxValue);

    static int Milliseconds(string label, string text) =>
        text.EndsWith("ms", StringComparison.Ordinal) ? Number(label, text[..^2], 100, 600_000)
        : text.EndsWith('s') ? Number(label, text[..^1], 1, 600) * 1000
        : throw Not(label, text, "a time as 500ms or 5s");

    static string[] Items(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    static FormatException Not(string label, string text, string expected) =>
        new($"'{label}' with value '{text}' is not understood; expected is {expected}");
}
