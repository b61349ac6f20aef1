using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;

namespace Weft.Server.Planning;

static class Tokens
{
    /// <summary>The document brings the hash of a secret that its maker knows, never the secret itself.</summary>
    public static Plan Put(Token document, Token? existing, Workbench bench)
    {
        var faults = new Faults();
        TokenRules.Check(document, bench.Now, faults);
        foreach (var (project, index) in (document.Projects ?? []).Select((project, index) => (project, index)))
        {
            if (project is not null && bench.Snapshot.Find<Project>(ResourceKey.OfProject(project)) is null)
                faults.Add($"projects[{index}]", $"there is no project '{NameRules.Shown(project)}'");
        }
        if (Planner.Refusal(faults) is { } refused)
            return new(ResourceKey.Of(document), refused);
        var next = document with { Secret = null, SecretHash = existing?.SecretHash ?? document.SecretHash };
        return Workbench.Write(existing, bench.Stamp(next, existing), []);
    }
}
