using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Weft.Model.Json;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Access;
using Weft.Server.Advice;
using Weft.Server.Commits;
using Weft.Server.Flows.Asking;
using Weft.Server.Planning;
using Weft.Server.Status;
using Weft.Server.Sync;

namespace Weft.Server.Rest;

/// <summary>What all collections of the API do alike. What a caller may not see is not there for them.</summary>
sealed class Collection<T>(RestContext rest, string kind, string path, JsonTypeInfo<T> type) where T : Resource
{
    static readonly bool IsOwned = typeof(T).IsAssignableTo(typeof(ProjectResource));

    public RestContext Rest => rest;

    public async Task ListAsync(HttpContext http, ListQuery query)
    {
        var scope = Scope.Of(http.Caller(), kind, IsOwned, query.Project);
        if (query.Watch == true)
            await Watching.WriteAsync(http, rest, scope, query.Revision);
        else
            await Listing.WriteAsync(http, rest, scope, query);
    }

    public async Task GetAsync(HttpContext http, string? project, string name) =>
        await AnswerAsync(http, Find(http, project, name), StatusCodes.Status200OK);

    public async Task PostAsync(HttpContext http, string? project, Func<T, Write.Put, Task<Outcome>>? apply = null)
    {
        var document = await RequestDocument.ReadAsync(http, kind, type);
        await PutAsync(http, InProject(document, project), PutMode.Create, null, apply);
    }

    public async Task PutAsync(HttpContext http, string? project, string name, Func<T, Write.Put, Task<Outcome>>? apply = null)
    {
        var conditions = Preconditions.Of(http);
        var document = await RequestDocument.ReadAsync(http, kind, type);
        if (document.Name.Length > 0 && document.Name != name)
            throw new ProblemException(Problem.BadRequest("name", $"the document is for '{document.Name}', the path for '{name}'"));
        document = (T)(Resource)(document with { Name = name });
        await PutAsync(http, InProject(document, project), conditions.Mode, conditions.Revision, apply);
    }

    public async Task DeleteAsync(HttpContext http, string? project, string name, bool force = false)
    {
        var conditions = Preconditions.Of(http);
        var existing = Find(http, project, name);
        CheckMayWrite(http.Caller(), existing);
        var outcome = await rest.Cluster.ApplyAsync(
            new Write.Delete(ResourceKey.Of(existing)) { IfRevision = conditions.Revision, Uid = existing.Uid, Force = force },
            http.RequestAborted);
        if (outcome is Outcome.Committed committed)
            await AnswerAsync(http, committed.Resource, StatusCodes.Status200OK);
        else
            await Problem.Of(outcome).WriteAsync(http);
    }

    async Task PutAsync(HttpContext http, T document, PutMode mode, long? revision, Func<T, Write.Put, Task<Outcome>>? apply)
    {
        CheckMayWrite(http.Caller(), document);
        var put = new Write.Put(document) { Mode = mode, IfRevision = revision };
        var outcome = apply is null
            ? await rest.Cluster.ApplyAsync(put, http.RequestAborted)
            : await apply(document, put);
        if (outcome is not Outcome.Committed committed)
        {
            await Refused(http, outcome, put).WriteAsync(http);
            return;
        }
        if (committed.Created)
            http.Response.Headers.Location = LocationOf(committed.Resource);
        await AnswerAsync(http, Advised(committed), committed.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    /// <summary>Also when nothing changed: who applies a manifest again wants to know still.</summary>
    Resource Advised(Outcome.Committed committed)
    {
        // No port can have a group that was just made: to say so every time would teach people not to look.
        var warnings = Advisor.Of(committed.Resource, committed.Snapshot, rest.Time.GetUtcNow())
            .Where(warning => !(committed is { Created: true, Resource: SecurityGroup } && warning.Path.Length == 0)).ToArray();
        return warnings.Length > 0 ? committed.Resource with { Warnings = warnings } : committed.Resource;
    }

    /// <summary>A precondition that fails is told as one, whatever the reason is called inside.</summary>
    static Problem Refused(HttpContext http, Outcome outcome, Write.Put put)
    {
        var problem = Problem.Of(outcome);
        var isPrecondition = HttpMethods.IsPut(http.Request.Method)
            && ((put.Mode == PutMode.Replace && outcome is Outcome.NotFound)
                || (put.Mode == PutMode.Create && outcome is Outcome.Conflict { Faults: [{ Path: "name" }] }));
        return isPrecondition ? problem with { Status = StatusCodes.Status412PreconditionFailed } : problem;
    }

    async Task AnswerAsync(HttpContext http, Resource resource, int status)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.Headers.ETag = $"\"{resource.Revision}\"";
        await http.Response.Body.WriteAsync(WeftJson.ToUtf8(rest.Statuses.Shown(resource, rest.Cluster.Current)), http.RequestAborted);
    }

    /// <summary>By name, then by uid.</summary>
    /// <exception cref="ProblemException">There is none that the caller may see.</exception>
    public T Find(HttpContext http, string? project, string name)
    {
        var key = new ResourceKey(kind, IsOwned ? project ?? ProjectResource.DefaultProject : "", name);
        var snapshot = rest.Cluster.Current;
        var found = snapshot.Find<T>(key) ?? (Guid.TryParse(name, out var uid) ? snapshot.Find<T>(uid) : null);
        if (found is not null && Scope.Of(http.Caller(), kind, IsOwned, null).Shows(ResourceKey.Of(found)))
            return found;
        var where = IsOwned ? $" in project {key.Project}" : "";
        throw new ProblemException(Problem.NotFound($"there is no {kind} '{Model.Validation.NameRules.Shown(name)}'{where}"));
    }

    static T InProject(T document, string? project)
    {
        if (project is null || document is not ProjectResource owned)
            return document;
        if (owned.Project != ProjectResource.DefaultProject && owned.Project != project)
            throw new ProblemException(Problem.BadRequest("project", $"the document is for '{owned.Project}', the query for '{project}'"));
        return (T)(Resource)(owned with { Project = project });
    }

    static void CheckMayWrite(Caller caller, T resource)
    {
        if (resource is ProjectResource owned ? !caller.MayUse(owned.Project) : !caller.IsAdmin)
            throw new ProblemException(Problem.Forbidden($"the token '{caller.Name}' may not change {Words.Plural(resource.Kind)}"
                + (resource is ProjectResource { Project: var project } ? $" of project {project}" : "")));
    }

    string LocationOf(Resource resource) =>
        $"/api/v1/{path}/{Uri.EscapeDataString(resource.Name)}"
        + (resource is ProjectResource owned ? $"?project={Uri.EscapeDataString(owned.Project)}" : "");
}

/// <summary>What the endpoints work with.</summary>
/// <param name="Flows">Null: this server keeps no flow records.</param>
sealed record RestContext(
    Cluster Cluster, StatusBoard Statuses, TraceBoard Traces, TokenKeeper Tokens, TimeProvider Time, FlowAsker? Flows, CancellationToken Stopping);
