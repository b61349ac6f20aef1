using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Model.Json;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Rules;
using Weft.Rules.Explaining;
using Weft.Server.Access;
using Weft.Server.Advice;

namespace Weft.Server.Rest;

/// <summary>Questions about rules: why does it not pass, and is this what was meant.</summary>
static class AdviceEndpoints
{
    public static void MapAdvice(this IEndpointRouteBuilder api, RestContext rest)
    {
        api.MapPost("/explain", (Delegate)((HttpContext http) => ExplainAsync(http, rest))).WithTags("advice")
            .Asks<ExplainRequest, Explanation>("Tell why a connection passes or not, and what would have to change");
        api.MapGet("/lint", (HttpContext http, string? project) => LintAllAsync(http, rest, project)).WithTags("advice")
            .Answers<LintAnswer>("What is valid in the policies and security groups of a project and probably not meant");
        api.MapGet("/policies/{name}/lint", (HttpContext http, string name, string? project) =>
                LintAsync(http, Policies(rest).Find(http, project, name), rest)).WithTags("policies")
            .Answers<LintAnswer>("What is valid in a policy and probably not meant");
        api.MapGet("/security-groups/{name}/lint", (HttpContext http, string name, string? project) =>
                LintAsync(http, Groups(rest).Find(http, project, name), rest)).WithTags("security-groups")
            .Answers<LintAnswer>("What is valid in a security group and probably not meant");
    }

    static Collection<Policy> Policies(RestContext rest) => new(rest, Policy.KindName, "policies", WeftJson.Default.Policy);

    static Collection<SecurityGroup> Groups(RestContext rest) =>
        new(rest, SecurityGroup.KindName, "security-groups", WeftJson.Default.SecurityGroup);

    static async Task ExplainAsync(HttpContext http, RestContext rest)
    {
        var request = await RequestDocument.ReadAsync(http, "question", AdviceJson.Default.ExplainRequest);
        var project = request.Project ?? ProjectResource.DefaultProject;
        if (!http.Caller().MayUse(project))
            throw new ProblemException(Problem.Forbidden($"the token '{http.Caller().Name}' may not use project {NameRules.Shown(project)}"));
        var faults = new Faults();
        if (Explanations.Make(request, rest.Cluster.Current, http.Caller(), faults) is not { } explanation)
            throw new ProblemException(NotValid(faults));
        await WriteAsync(http, explanation, AdviceJson.Default.Explanation);
    }

    internal static Problem NotValid(Faults faults) => new(StatusCodes.Status422UnprocessableEntity, "the question is not valid")
    {
        Detail = string.Join("; ", faults.ToImmutable().Select(fault => $"{fault.Path}: {fault.Message}")),
        Faults = faults.ToImmutable(),
    };

    static Task LintAllAsync(HttpContext http, RestContext rest, string? project)
    {
        project ??= ProjectResource.DefaultProject;
        Scope.Of(http.Caller(), Policy.KindName, true, project);
        var snapshot = rest.Cluster.Current;
        if (snapshot.Find<Project>(ResourceKey.OfProject(project)) is null)
            throw new ProblemException(Problem.NotFound($"there is no project '{NameRules.Shown(project)}'"));
        var found = snapshot.InProject<Policy>(project).Cast<Resource>().Concat(snapshot.InProject<SecurityGroup>(project))
            .Concat(snapshot.InProject<Certificate>(project))
            .SelectMany(resource => Told(resource, snapshot, rest));
        return WriteAsync(http, new([.. found]), AdviceJson.Default.LintAnswer);
    }

    static Task LintAsync(HttpContext http, Resource resource, RestContext rest) =>
        WriteAsync(http, new([.. Told(resource, rest.Cluster.Current, rest)]), AdviceJson.Default.LintAnswer);

    static IEnumerable<LintWarning> Told(Resource resource, Snapshot snapshot, RestContext rest) => Advisor.Of(resource, snapshot, rest.Time.GetUtcNow())
        .Select(warning => new LintWarning(resource.Kind, resource.Name, warning.Path, warning.Code, warning.Message));

    static async Task WriteAsync<T>(HttpContext http, T answer, JsonTypeInfo<T> type)
    {
        http.Response.ContentType = "application/json";
        await http.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer, type), http.RequestAborted);
    }
}

/// <summary>What was found, in the order of the documents.</summary>
sealed record LintAnswer(IReadOnlyList<LintWarning> Warnings);

/// <summary>One thing that is valid and probably not meant.</summary>
/// <param name="Kind">Of the document.</param>
/// <param name="Name">Of the document.</param>
sealed record LintWarning(string Kind, string Name, string Path, string Code, string Message);

/// <summary>Questions are read as strictly as documents.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    Converters = [typeof(IPAddressJsonConverter), typeof(VerdictConverter), typeof(GateKindConverter)])]
[JsonSerializable(typeof(ExplainRequest))]
[JsonSerializable(typeof(Explanation))]
[JsonSerializable(typeof(LintAnswer))]
[JsonSerializable(typeof(TraceResult))]
sealed partial class AdviceJson : JsonSerializerContext;

sealed class VerdictConverter() : JsonStringEnumConverter<Verdict>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

sealed class GateKindConverter() : JsonStringEnumConverter<GateKind>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);
