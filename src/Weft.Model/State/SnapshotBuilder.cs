using System.Collections.Immutable;
using Weft.Model.Resources;

namespace Weft.Model.State;

/// <summary>Makes the next snapshot; touches only the indexes of what changed.</summary>
sealed class SnapshotBuilder(Snapshot start)
{
    readonly ImmutableDictionary<ResourceKey, Resource>.Builder resources = start.Resources.ToBuilder();
    readonly ImmutableDictionary<Guid, ResourceKey>.Builder byUid = start.ByUid.ToBuilder();
    readonly ImmutableDictionary<uint, ResourceKey>.Builder byVni = start.NetworkByVni.ToBuilder();
    readonly Dictionary<string, ImmutableSortedSet<ResourceKey>.Builder> keys = [];
    readonly Dictionary<ResourceKey, ImmutableHashSet<ResourceKey>.Builder> members = [];

    public Snapshot Apply(IReadOnlyCollection<Change> changes, long revision)
    {
        // What goes leaves before anything comes: a renamed resource keeps its uid under another key.
        foreach (var change in changes)
        {
            if (change.Before is { } before)
                Remove(change.Key, before, replaced: change.After is not null);
        }
        foreach (var change in changes)
        {
            if (change.After is { } after)
                Add(change.Key, after, isNew: change.Before is null);
        }
        return Finish(revision);
    }

    void Remove(ResourceKey key, Resource before, bool replaced)
    {
        if (Snapshot.VniOf(before) is { } vni)
            byVni.Remove(vni);
        if (Snapshot.NetworkOf(before) is { } parent)
            MembersOf(parent).Remove(key);
        byUid.Remove(before.Uid);
        if (replaced)
            return;
        resources.Remove(key);
        KeysOf(key.Kind).Remove(key);
    }

    void Add(ResourceKey key, Resource after, bool isNew)
    {
        resources[key] = after;
        byUid[after.Uid] = key;
        if (Snapshot.VniOf(after) is { } vni)
            byVni[vni] = key;
        if (Snapshot.NetworkOf(after) is { } parent)
            MembersOf(parent).Add(key);
        if (isNew)
            KeysOf(key.Kind).Add(key);
    }

    ImmutableSortedSet<ResourceKey>.Builder KeysOf(string kind)
    {
        if (!keys.TryGetValue(kind, out var builder))
            keys[kind] = builder = start.KeysOf(kind).ToBuilder();
        return builder;
    }

    ImmutableHashSet<ResourceKey>.Builder MembersOf(ResourceKey network)
    {
        if (!members.TryGetValue(network, out var builder))
            members[network] = builder = start.ByNetwork.GetValueOrDefault(network, []).ToBuilder();
        return builder;
    }

    Snapshot Finish(long revision)
    {
        var allKeys = start.Keys.SetItems(keys.Select(kind => KeyValuePair.Create(kind.Key, kind.Value.ToImmutable())));
        var byNetwork = start.ByNetwork.ToBuilder();
        foreach (var (network, left) in members)
        {
            if (left.Count == 0)
                byNetwork.Remove(network);
            else
                byNetwork[network] = left.ToImmutable();
        }
        return Snapshot.Make(
            revision, resources.ToImmutable(), allKeys, byNetwork.ToImmutable(), byUid.ToImmutable(), byVni.ToImmutable());
    }
}
