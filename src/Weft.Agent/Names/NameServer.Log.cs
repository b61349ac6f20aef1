using System.Net;
using Microsoft.Extensions.Logging;

namespace Weft.Agent.Names;

sealed partial class NameServer
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "Receiving a question failed: {Reason}")]
    partial void LogReceiveFailed(string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Sending an answer to {Caller} failed: {Reason}")]
    partial void LogSendFailed(IPEndPoint caller, string reason);
}
