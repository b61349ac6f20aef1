using Weft.Model.Json;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;
using Weft.Server.Ipam;

namespace Weft.Server.Planning;

/// <summary>What plans are made with: the working snapshot and the indexes that follow it. One task uses it.</summary>
sealed class Workbench(ClusterOptions options, TimeProvider time)
{
    public ClusterOptions Options => options;

    public Snapshot Snapshot { get; private set; } = Snapshot.Empty;

    public AddressBook Addresses { get; } = new();

    public ExternalBook Externals { get; } = new();

    public PublishedPorts Published { get; } = new();

    public DefaultSubnets DefaultSubnets { get; } = new(options.DefaultSubnets, options.DefaultSubnetLength);

    public NumberSequence Vnis { get; } = new(Model.Validation.NetworkRules.LargestVni);

    public NumberSequence NodeNumbers { get; } = new(ushort.MaxValue);

    /// <summary>Of policies, security groups and routers.</summary>
    public RuleSetNumbers RuleSetNumbers { get; } = new();

    public References References { get; } = new();

    public Joins Joins { get; } = new();

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Starts over from a snapshot.</summary>
    public void Reset(Snapshot snapshot)
    {
        Snapshot = snapshot;
        Addresses.Forget();
        Externals.Forget();
        Published.Reset(snapshot);
        DefaultSubnets.Forget();
        RuleSetNumbers.Reset(snapshot);
        References.Reset(snapshot);
        Joins.Reset(snapshot);
        foreach (var vni in snapshot.NetworkByVni.Keys)
            Vnis.Seen(vni);
        foreach (var node in snapshot.All<Node>())
            NodeNumbers.Seen(node.Number);
    }

    /// <summary>Goes one step on, as if the changes were committed.</summary>
    public void Advance(IReadOnlyCollection<Change> changes)
    {
        Snapshot = Snapshot.With(changes, Snapshot.Revision);
        Addresses.Follow(changes);
        Externals.Follow(changes);
        Published.Follow(changes);
        DefaultSubnets.Follow(changes);
        RuleSetNumbers.Follow(changes);
        References.Follow(changes);
        Joins.Follow(changes);
    }

    /// <summary>The indexes are right already: only revisions differ.</summary>
    public void Settle(Snapshot committed) => Snapshot = committed;

    /// <summary>A new uid, ordered by time (RFC 9562 section 5.7).</summary>
    public Guid NewUid() => Guid.CreateVersion7(Now);

    /// <summary>Fills in what the server owns.</summary>
    public T Stamp<T>(T document, T? existing) where T : Resource => document with
    {
        Uid = existing?.Uid ?? NewUid(),
        CreatedAt = existing?.CreatedAt ?? Now,
        Revision = existing?.Revision ?? 0,
        Warnings = null,
        Labels = document.Labels is { Count: > 0 } labels
            ? new SortedDictionary<string, string>(labels.ToDictionary(), StringComparer.Ordinal)
            : null,
    };

    /// <summary>The plan that writes <paramref name="next"/>, or none when it says what is there already.</summary>
    public static Plan Write(Resource? existing, Resource next, IEnumerable<Change> more, params ResourceKey[] relies)
    {
        var key = ResourceKey.Of(next);
        if (existing is not null && WeftJson.ToUtf8(existing).AsSpan().SequenceEqual(WeftJson.ToUtf8(next)))
            return new(key, new Outcome.Committed(existing, Created: false, Changed: false, Snapshot.Empty));
        return Plan.Of(key, [new(key, existing, next), .. more], [.. relies]);
    }
}
