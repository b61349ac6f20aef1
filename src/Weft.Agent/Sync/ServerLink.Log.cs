using Microsoft.Extensions.Logging;

namespace Weft.Agent.Sync;

public sealed partial class ServerLink
{
    [LoggerMessage(Level = LogLevel.Information, Message = "joined {Server} as node {Node}, number {Number}")]
    partial void LogJoined(Uri server, string node, uint number);

    [LoggerMessage(Level = LogLevel.Information, Message = "in sync with {Server} at revision {Revision}: {Networks} networks, {Ports} ports")]
    partial void LogInSync(Uri server, long revision, int networks, int ports);

    [LoggerMessage(Level = LogLevel.Information, Message = "going on with the state of revision {Revision} from disk until the server answers")]
    partial void LogLoaded(long revision);

    [LoggerMessage(Level = LogLevel.Information, Message = "certificate renewed until {End:u}")]
    partial void LogRenewed(DateTime end);

    [LoggerMessage(Level = LogLevel.Warning, Message = "no link to {Server}: {Reason}; trying again")]
    partial void LogLost(Uri server, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "no link to {Server}, and none until someone acts: {Reason}")]
    partial void LogRefused(Uri server, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "the state could not be written to disk: {Reason}")]
    partial void LogSaveFailed(string reason);
}
