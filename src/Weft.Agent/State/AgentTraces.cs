using System.Diagnostics;

namespace Weft.Agent.State;

/// <summary>What the agent does about a change, as traces of OpenTelemetry. Nothing is made of it when nobody listens.</summary>
public static class AgentTraces
{
    public const string Name = "Weft.Agent";

    internal static readonly ActivitySource Source = new(Name);

    /// <summary>Below what is being done now, unless nobody records that: ASP.NET has one of each request.</summary>
    internal static Activity? Start(string name)
    {
        if (Activity.Current is { Recorded: false })
            Activity.Current = null;
        return Source.StartActivity(name);
    }

    /// <summary>Of W3C Trace Context; default: there is none.</summary>
    internal static ActivityContext Cause(string traceparent) =>
        ActivityContext.TryParse(traceparent, null, isRemote: true, out var cause) ? cause : default;
}
