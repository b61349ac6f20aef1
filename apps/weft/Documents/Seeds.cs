using System.Text.Json.Nodes;
using Weft.Cli.Output;

namespace Weft.Cli.Documents;

/// <summary>
/// Documents may name each other in a circle: a project its default group, two groups each other. Those that do not
/// exist are first made without what they name. An empty group lets nothing pass, so nothing is open meanwhile.
/// </summary>
static class Seeds
{
    /// <summary>The manifests that have to be there before the others can name them, each as it is made first.</summary>
    public static IEnumerable<(Manifest Manifest, JsonObject Seed)> Of(IReadOnlyCollection<Manifest> manifests)
    {
        if (!manifests.Any(NamesGroups))
            yield break;
        foreach (var manifest in manifests)
        {
            var field = manifest.Kind == Kinds.Project ? "defaultSecurityGroup" : manifest.Kind == Kinds.SecurityGroup ? "rules" : null;
            if (field is null)
                continue;
            var seed = (JsonObject)manifest.Content.DeepClone();
            seed.Remove(field);
            yield return (manifest, seed);
        }
    }

    static bool NamesGroups(Manifest manifest) =>
        (manifest.Kind == Kinds.Project && manifest.Content.ContainsKey("defaultSecurityGroup"))
        || (manifest.Kind == Kinds.SecurityGroup && manifest.Content.Objects("rules").Any(rule => rule.ContainsKey("remoteGroup")));
}
