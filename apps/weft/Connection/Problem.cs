using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Output;
using Weft.Model.Validation;

namespace Weft.Cli.Connection;

/// <summary>Problem details (RFC 9457) as what a command ends with.</summary>
static class Problem
{
    public static CliException From(string who, HttpStatusCode status, string text)
    {
        var problem = Parse(text);
        var faults = problem.Objects("faults").Concat(problem.Objects("errors"))
            .Select(fault => new Fault(fault.Text("path"), fault.Text("message")))
            .ToList();
        var message = problem.Text("detail") is { Length: > 0 } detail ? detail
            : problem.Text("title") is { Length: > 0 } title ? title
            : $"the {who} answered {(int)status} {status}";
        return new(ExitCodeOf(status), message, faults, HintOf(status));
    }

    static int ExitCodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.NotFound or HttpStatusCode.Gone => ExitCodes.NotFound,
        HttpStatusCode.Conflict or HttpStatusCode.PreconditionFailed => ExitCodes.Conflict,
        HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout =>
            ExitCodes.Unreachable,
        _ => ExitCodes.Failure,
    };

    static string? HintOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized =>
            "give a token with --token or WEFT_TOKEN; 'weft token create' on the server makes one",
        HttpStatusCode.Forbidden => "this token may not do that; use another with --token or WEFT_TOKEN",
        HttpStatusCode.PreconditionFailed => "somebody changed it in between: look at it again and repeat the command",
        HttpStatusCode.RequestEntityTooLarge => "split the input into smaller parts",
        HttpStatusCode.ServiceUnavailable => "try again in a moment; 'weft status' tells what is not ready",
        _ => null,
    };

    static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
