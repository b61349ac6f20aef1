using System.Net;
using Weft.Model.Addressing;

namespace Weft.Rules.Tables;

/// <summary>A part of an external network that rules tell apart: the addresses of a prefix, and no longer prefix of one.</summary>
/// <param name="External">Uid of the external network.</param>
public readonly record struct OutsideRegion(Guid External, IPNetwork Prefix);

/// <summary>External networks, cut into the regions that rules tell apart, each with its identity.</summary>
/// <remarks>Nobody outside can be looked at one by one: the prefixes that rules name are all that there is to know.</remarks>
sealed class OutsideRegions(EndIndex ends, IdentityBook identities)
{
    static readonly IPNetwork[] Everywhere = [new(IPAddress.Any, 0), new(IPAddress.IPv6Any, 0)];

    readonly Dictionary<Guid, External> _externals = [];
    readonly HashSet<OutsideRegion> _doubtful = [];

    /// <summary>Regions that came, went or have another identity since they were last taken.</summary>
    internal HashSet<OutsideRegion> Changed { get; } = [];

    /// <summary>Regions without identity, since another has its name: nothing may get there.</summary>
    internal HashSet<OutsideRegion> Collisions { get; } = [];

    /// <summary>An external network is there or not.</summary>
    /// <param name="isAsked">This node asks about connections between it and ports of other nodes.</param>
    internal void Set(Guid uid, bool exists, bool isAsked)
    {
        if (_externals.TryGetValue(uid, out var external) && !exists)
        {
            foreach (var prefix in external.Regions.Keys.ToList())
                Remove(external, new(uid, prefix));
            _externals.Remove(uid);
        }
        if (!exists)
            return;
        if (external is null)
        {
            _externals[uid] = external = new();
            foreach (var prefix in Everywhere)
                external.RegionOf(prefix);
            foreach (var end in ends.SelectorsIn(uid))
                Learn(uid, end);
        }
        else if (external.IsAsked == isAsked)
            return;
        external.IsAsked = isAsked;
        _doubtful.UnionWith(external.Regions.Keys.Select(prefix => new OutsideRegion(uid, prefix)));
    }

    /// <summary>Rules have an end that they had not.</summary>
    internal void Learn(RuleEnd end)
    {
        foreach (var uid in Concerned(end))
            Learn(uid, end);
    }

    /// <summary>Rules have an end no longer.</summary>
    internal void Forget(RuleEnd end)
    {
        foreach (var uid in Concerned(end))
        {
            if (end.Key.Selector.Prefix is { } prefix && _externals[uid].Regions.TryGetValue(prefix, out var region))
                region.Ends.Remove(end);
            Doubt(uid, end);
        }
    }

    /// <summary>Tells the identities of what is in doubt.</summary>
    internal void Settle()
    {
        _doubtful.UnionWith(Collisions);
        foreach (var doubtful in _doubtful)
            Look(doubtful);
        _doubtful.Clear();
    }

    /// <summary>Regions of an external network; identity 0: it has none.</summary>
    internal IEnumerable<KeyValuePair<IPNetwork, ulong>> Of(Guid external) => _externals.TryGetValue(external, out var found)
        ? found.Regions.Select(region => KeyValuePair.Create(region.Key, region.Value.Identity?.Id ?? 0))
        : [];

    /// <summary>Null: there is no such region; 0: it has no identity.</summary>
    internal ulong? IdentityOf(OutsideRegion region) =>
        _externals.TryGetValue(region.External, out var external) && external.Regions.TryGetValue(region.Prefix, out var found)
            ? found.Identity?.Id ?? 0
            : null;

    /// <summary>Of the region that all of a prefix is in; 0: none.</summary>
    internal ulong IdentityAround(Guid external, IPNetwork prefix) =>
        _externals.TryGetValue(external, out var found) ? found.RegionAround(prefix)?.Identity?.Id ?? 0 : 0;

    IEnumerable<Guid> Concerned(RuleEnd end) =>
        !end.IsAboutAddresses ? []
        : end.Key.Scope.IsAny ? _externals.Keys
        : end.Key.Scope.Networks.Where(_externals.ContainsKey);

    void Learn(Guid uid, RuleEnd end)
    {
        if (!end.IsAboutAddresses)
            return;
        if (end.Key.Selector.Prefix is { } prefix)
            _externals[uid].RegionOf(prefix).Ends.Add(end);
        Doubt(uid, end);
    }

    /// <summary>An end may hold for its own region and those inside.</summary>
    void Doubt(Guid uid, RuleEnd end)
    {
        foreach (var prefix in _externals[uid].Regions.Keys)
        {
            if (end.Key.Selector.Prefix is not { } around || around.Contains(prefix))
                _doubtful.Add(new(uid, prefix));
        }
    }

    void Look(OutsideRegion doubtful)
    {
        Collisions.Remove(doubtful);
        if (!_externals.TryGetValue(doubtful.External, out var external) || !external.Regions.TryGetValue(doubtful.Prefix, out var region))
            return;
        if (region.Ends.Count == 0 && doubtful.Prefix.PrefixLength > 0)
        {
            Remove(external, doubtful);
            return;
        }
        var identity = identities.IdentityOf(doubtful.External, "", false, ends.SelectorsOf(doubtful.External, doubtful.Prefix));
        if (identity is null)
            Collisions.Add(doubtful);
        else
            identities.Count(identity, 1, external.IsAsked);
        if (region.Identity is { } before)
            identities.Count(before, -1, region.WasAsked);
        if (!ReferenceEquals(region.Identity, identity) || !region.IsKnown)
            Changed.Add(doubtful);
        (region.Identity, region.WasAsked, region.IsKnown) = (identity, external.IsAsked, true);
    }

    void Remove(External external, OutsideRegion region)
    {
        if (external.Remove(region.Prefix) is { } identity)
            identities.Count(identity.Identity, -1, identity.WasAsked);
        Collisions.Remove(region);
        Changed.Add(region);
    }

    sealed class External
    {
        // Lengths of prefixes, longest first, and how many have it.
        readonly SortedDictionary<int, int> _lengths = new(Comparer<int>.Create(static (one, other) => other - one));

        internal Dictionary<IPNetwork, Region> Regions { get; } = [];

        internal bool IsAsked { get; set; }

        internal Region RegionOf(IPNetwork prefix)
        {
            if (!Regions.TryGetValue(prefix, out var region))
            {
                Regions.Add(prefix, region = new());
                _lengths[prefix.PrefixLength] = _lengths.GetValueOrDefault(prefix.PrefixLength) + 1;
            }
            return region;
        }

        internal Region? RegionAround(IPNetwork prefix)
        {
            foreach (var length in _lengths.Keys)
            {
                if (length <= prefix.PrefixLength && Regions.TryGetValue(prefix.BaseAddress.PrefixAround(length), out var region))
                    return region;
            }
            return null;
        }

        /// <returns>Its identity, if it had one.</returns>
        internal (Identity Identity, bool WasAsked)? Remove(IPNetwork prefix)
        {
            Regions.Remove(prefix, out var region);
            if (--_lengths[prefix.PrefixLength] == 0)
                _lengths.Remove(prefix.PrefixLength);
            return region?.Identity is { } identity ? (identity, region.WasAsked) : null;
        }
    }

    sealed class Region
    {
        /// <summary>With this very prefix.</summary>
        internal HashSet<RuleEnd> Ends { get; } = [];

        internal Identity? Identity { get; set; }

        internal bool WasAsked { get; set; }

        internal bool IsKnown { get; set; }
    }
}
