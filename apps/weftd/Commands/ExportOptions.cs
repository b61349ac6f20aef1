using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Weft.Analytics.Ipfix;

namespace Weft.Daemon.Commands;

/// <summary>Options of what a daemon tells others: flow records, metrics, traces.</summary>
sealed class ExportOptions
{
    public Option<IpfixCollector[]> Ipfix { get; } = new("--ipfix")
    {
        Description = "Collector that gets flow records as IPFIX, such as udp://192.0.2.9:4739 or tcp://192.0.2.9:4739?biflow=off; may be repeated",
        HelpName = "URL",
        CustomParser = ParseCollectors,
    };

    public Option<IPEndPoint?> MetricsListen { get; } = new("--metrics-listen")
    {
        Description = "Where /metrics, and nothing else, is answered without token and TLS, such as 127.0.0.1:9464",
        HelpName = "ADDRESS:PORT",
        CustomParser = ParseEndPoint,
    };

    public Option<int> MetricPorts { get; } = new("--metrics-ports")
    {
        Description = "Ports with metrics of their own; those beyond are added up; 0: none",
        HelpName = "NUMBER",
        DefaultValueFactory = _ => new Weft.Agent.AgentOptions().MetricPorts,
    };

    public Option<Uri?> Otlp { get; } = new("--otlp")
    {
        Description = "Receiver of traces by OTLP, such as http://127.0.0.1:4317; OTEL_EXPORTER_OTLP_ENDPOINT when not given; none without",
        HelpName = "URL",
        CustomParser = ParseReceiver,
    };

    static Uri? ParseReceiver(ArgumentResult result)
    {
        if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri) && (uri.Scheme is "http" or "https"))
            return uri;
        result.AddError($"--otlp {result.Tokens[0].Value}: must be a URL such as http://127.0.0.1:4317 (gRPC) or http://127.0.0.1:4318 (HTTP)");
        return null;
    }

    static IpfixCollector[] ParseCollectors(ArgumentResult result)
    {
        var collectors = new List<IpfixCollector>();
        foreach (var token in result.Tokens)
        {
            if (IpfixCollector.TryParse(token.Value, out var collector, out var fault))
                collectors.Add(collector);
            else
                result.AddError($"--ipfix {fault}");
        }
        return [.. collectors];
    }

    static IPEndPoint? ParseEndPoint(ArgumentResult result)
    {
        if (IPEndPoint.TryParse(result.Tokens[0].Value, out var endPoint) && endPoint.Port != 0)
            return endPoint;
        result.AddError($"--metrics-listen {result.Tokens[0].Value}: must be an address and a port such as 127.0.0.1:9464");
        return null;
    }
}
