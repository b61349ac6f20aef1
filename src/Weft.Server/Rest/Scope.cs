using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Access;
using Weft.Server.Planning;

namespace Weft.Server.Rest;

/// <summary>Which resources of a kind a request is about.</summary>
/// <param name="Project">Only of this project; null: of all that the caller may use.</param>
readonly record struct Scope(Caller Caller, string Kind, bool IsOwned, string? Project)
{
    /// <exception cref="ProblemException">The caller may not ask that.</exception>
    public static Scope Of(Caller caller, string kind, bool isOwned, string? project)
    {
        if (project is not null && !caller.MayUse(project))
            throw new ProblemException(Problem.Forbidden($"the token '{caller.Name}' may not use project {project}"));
        if (!caller.IsAdmin && kind is (Node.KindName or Token.KindName))
            throw new ProblemException(Problem.Forbidden($"the token '{caller.Name}' may not see {Words.Plural(kind)}"));
        return new(caller, kind, isOwned, isOwned ? project : null);
    }

    public bool Shows(ResourceKey key) =>
        key.Kind == Kind
        && (Project is null || key.Project == Project)
        && (Caller.IsAdmin || key.Kind == ExternalNetwork.KindName || Caller.MayUse(IsOwned ? key.Project : key.Name));
}
