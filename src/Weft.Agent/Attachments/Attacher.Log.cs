using Microsoft.Extensions.Logging;

namespace Weft.Agent.Attachments;

public sealed partial class Attacher
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Port {Port} could not be given back to the server: {Reason}")]
    partial void LogReleaseFailed(Guid port, string reason);
}
