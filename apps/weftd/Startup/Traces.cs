using System.Globalization;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Weft.Agent.State;
using Weft.Server.Commits;

namespace Weft.Daemon.Startup;

/// <summary>Traces of the control plane, by OTLP; the standard's own variables say how.</summary>
static class Traces
{
    const string EndPoint = "OTEL_EXPORTER_OTLP_ENDPOINT", OnlyTraces = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    const string Http = "http/protobuf";

    /// <summary>By convention; the other one, 4317, is gRPC's.</summary>
    const int HttpPort = 4318;

    /// <summary>Null: nobody wants them, and nothing is made.</summary>
    public static IDisposable? Start(Uri? given)
    {
        // As variables, so that paths and protocols come out as they do for every other program.
        if (given is not null)
            Environment.SetEnvironmentVariable(EndPoint, given.ToString());
        if ((Environment.GetEnvironmentVariable(EndPoint) ?? Environment.GetEnvironmentVariable(OnlyTraces)) is not { Length: > 0 } endPoint)
            return null;
        if (Environment.GetEnvironmentVariable(Protocol) is null && Uri.TryCreate(endPoint, UriKind.Absolute, out var uri) && uri.Port == HttpPort)
            Environment.SetEnvironmentVariable(Protocol, Http);
        return Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => resource.AddService("weftd", serviceInstanceId: string.Create(
                CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}")))
            .AddSource(ServerTraces.Name, AgentTraces.Name)
            .AddOtlpExporter()
            .Build();
    }
}
