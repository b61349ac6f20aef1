using System.Runtime.InteropServices;

namespace Weft.Rules.Tables;

/// <summary>The tables that pairs lead to, each once.</summary>
sealed class TableStore
{
    readonly Dictionary<ulong, Entry> _tables = [];
    readonly Dictionary<ulong, RuleTable> _view = [];

    internal IReadOnlyDictionary<ulong, RuleTable> Tables => _view;

    /// <summary>Ids of tables that came or went since they were last taken.</summary>
    internal HashSet<ulong> Changed { get; } = [];

    /// <summary>Keeps a table and those that it leads to.</summary>
    /// <returns>False: another table has one of the names, so this cannot be had; nothing is kept.</returns>
    internal bool TryAcquire(RuleTable table, IReadOnlyList<RuleTable> second)
    {
        foreach (var wanted in (IEnumerable<RuleTable>)[table, .. second])
        {
            if (_view.TryGetValue(wanted.Id, out var known) && !known.HasEntriesOf(wanted))
                return false;
        }
        foreach (var part in second)
            Acquire(part, []);
        Acquire(table, [.. second.Select(part => part.Id)]);
        return true;
    }

    internal void Release(ulong id)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrNullRef(_tables, id);
        foreach (var part in entry.Second)
            Release(part);
        entry = ref CollectionsMarshal.GetValueRefOrNullRef(_tables, id);
        if (--entry.Uses > 0)
            return;
        _tables.Remove(id);
        _view.Remove(id);
        Changed.Add(id);
    }

    void Acquire(RuleTable table, ulong[] second)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_tables, table.Id, out var exists);
        entry.Uses++;
        if (exists)
            return;
        entry.Second = second;
        _view.Add(table.Id, table);
        Changed.Add(table.Id);
    }

    struct Entry
    {
        public int Uses;
        public ulong[] Second;
    }
}
