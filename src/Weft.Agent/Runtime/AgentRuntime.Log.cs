using Microsoft.Extensions.Logging;
using Weft.Agent.Names;

namespace Weft.Agent.Runtime;

public sealed partial class AgentRuntime
{
    const int DefaultMtu = 1500;
    const string ServiceNamespaceName = ServiceNamespace.HostInterface;

    [LoggerMessage(Level = LogLevel.Information, Message =
        "The server has confirmed revision {Revision}; {Ports} ports are attached")]
    partial void LogConfirmed(long revision, int ports);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The map {Map} of an earlier agent could not be used again: {Difference}")]
    partial void LogMapReplaced(string map, string difference);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Names are not answered: {Reason}")]
    partial void LogNamesFailed(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A round failed; it is tried again")]
    partial void LogRoundFailed(Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweeping the flow table failed: {Reason}")]
    partial void LogSweepFailed(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Table {Table}, key {Key}: {Reason}")]
    partial void LogApplyFailed(string table, string key, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Ports of network {Network} are closed: its rules could not be programmed: {Reason}")]
    partial void LogRulesFailed(string network, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What rules decide is told to the log no longer: {Reason}")]
    partial void LogEventsFailed(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Packets are traced no longer: {Reason}")]
    partial void LogTracesFailed(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Flows are recorded no longer")]
    partial void LogRecordingFailed(Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No program on {Interface}: {Reason}")]
    partial void LogAttachFailed(string @interface, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Floating IPs are not announced to their neighbours ({Reason}): those find out when they ask next")]
    partial void LogNoAnnouncements(string reason);
}
