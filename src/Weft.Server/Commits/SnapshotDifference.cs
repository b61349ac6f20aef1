using System.Collections.Immutable;
using Weft.Model.State;
using Weft.Store;

namespace Weft.Server.Commits;

/// <summary>The changes that lead from a snapshot to what a store holds.</summary>
static class SnapshotDifference
{
    public static ImmutableArray<Change> Between(Snapshot snapshot, StoreContents contents)
    {
        var changes = ImmutableArray.CreateBuilder<Change>();
        var present = new HashSet<ResourceKey>(contents.Resources.Length);
        foreach (var resource in contents.Resources)
        {
            var key = ResourceKey.Of(resource);
            present.Add(key);
            var before = snapshot.Resources.GetValueOrDefault(key);
            if (before is null || before.Revision != resource.Revision)
                changes.Add(new(key, before, resource));
        }
        foreach (var (key, before) in snapshot.Resources)
        {
            if (!present.Contains(key))
                changes.Add(new(key, before, null));
        }
        return changes.DrainToImmutable();
    }
}
