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
        List<Fault> faults =
        [
            .. problem.Objects("faults").Concat(problem.Objects("errors"))
                .Select(fault => new Fault(fault.Text("path"), fault.Text("message"))),
            .. Users(problem),
        ];
        // The detail says in one line what the faults say in many.
        string[] words = faults.Count > 0
            ? [problem.Text("title"), problem.Text("detail")]
            : [problem.Text("detail"), problem.Text("title")];
        var message = words.FirstOrDefault(text => text.Length > 0) ?? $"the {who} answered {(int)status} {status}";
        return new(ExitCodeOf(status), message, faults, Users(problem).Any() ? WhenInUse : HintOf(status))
        {
            Places = [.. problem.Objects("faults").Where(fault => fault["offset"] is not null).Select(PlaceOf)],
        };
    }

    static FaultPlace PlaceOf(JsonObject fault) =>
        new(fault.Text("path"), (int)fault.Number("offset"), (int)Math.Max(fault.Number("length"), 1));

    const string WhenInUse = "delete what uses it first";

    /// <summary>What uses a resource that was to go; the first few of them.</summary>
    static IEnumerable<Fault> Users(JsonNode? problem)
    {
        var shown = 0;
        foreach (var user in problem.Objects("usedBy"))
        {
            shown++;
            var project = user.Text("project") is { Length: > 0 } name ? $" of project {name}" : "";
            yield return new("", $"used by {user.Text("kind")}/{user.Text("name")}{project}");
        }
        if (problem.Number("usedByCount") - shown is > 0 and var more)
            yield return new("", $"and by {more} more");
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
