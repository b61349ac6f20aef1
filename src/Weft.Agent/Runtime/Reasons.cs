using Weft.Dataplane.Abi;

namespace Weft.Agent.Runtime;

/// <summary>Names of the vrouter's numbers in the API: <c>no-route</c>.</summary>
static class Reasons
{
    static readonly Dictionary<DropReason, string> Drops =
        Enum.GetValues<DropReason>().Distinct().ToDictionary(reason => reason, reason => Kebab(reason.ToString()));

    internal static string NameOf(DropReason reason) => Drops.GetValueOrDefault(reason) ?? $"reason-{(uint)reason}";

    internal static string Kebab(string pascal) => string.Concat(
        pascal.Select((c, i) => i > 0 && char.IsUpper(c) ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
