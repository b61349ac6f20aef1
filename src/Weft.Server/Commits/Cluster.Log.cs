using Microsoft.Extensions.Logging;

namespace Weft.Server.Commits;

public sealed partial class Cluster
{
    [LoggerMessage(LogLevel.Information, "{Count} resources at revision {Revision}")]
    partial void Loaded(int count, long revision);

    [LoggerMessage(LogLevel.Error, "writes were not committed; everything is loaded again before the next one")]
    partial void RoundFailed(Exception exception);

    [LoggerMessage(LogLevel.Error, "planning a {Kind} failed")]
    partial void PlanFailed(Exception exception, string kind);
}
