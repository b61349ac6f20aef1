using System.Diagnostics;

namespace Weft.Server.Commits;

/// <summary>What the server does about a change, as traces of OpenTelemetry. Nothing is made of it when nobody listens.</summary>
public static class ServerTraces
{
    public const string Name = "Weft.Server";

    internal static readonly ActivitySource Source = new(Name);

    /// <summary>Null: what caused it is not traced, or nobody listens.</summary>
    internal static Activity? Start(string name, ActivityContext cause, ActivityKind kind = ActivityKind.Internal) =>
        cause == default ? null : Source.StartActivity(name, kind, cause);

    /// <summary>The context of what is being done now; default: it is not traced.</summary>
    internal static ActivityContext Current => Activity.Current is { Recorded: true } current ? current.Context : default;

    /// <summary>W3C Trace Context; empty: not traced.</summary>
    internal static string Parent(ActivityContext context) =>
        context == default ? "" : $"00-{context.TraceId}-{context.SpanId}-{(int)context.TraceFlags:x2}";
}
