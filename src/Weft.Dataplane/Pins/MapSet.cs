using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>The maps that several programs share, some of them left by an earlier agent.</summary>
/// <remarks>
/// A pinned map of the wanted shape is used again, contents and all. Any other is replaced: the old programs keep the old map
/// until their links change over, and its pin goes last, in <see cref="Pin"/>, when everything has been loaded.
/// </remarks>
sealed class MapSet(PinDirectory pins) : ITableSource, IDisposable
{
    readonly Dictionary<string, SafeFd> _maps = [];
    readonly HashSet<string> _made = [];

    /// <summary>Maps whose pinned predecessor had another shape, and in what it differed.</summary>
    internal Dictionary<string, string> Replaced { get; } = [];

    /// <summary>Maps that an earlier agent left, contents and all.</summary>
    internal HashSet<string> Reused { get; } = [];

    /// <summary>Loads an object with the maps there are; those it adds join the set.</summary>
    internal void Load(BpfObject bpf, IReadOnlyDictionary<string, uint> sizes)
    {
        var missing = new List<string>();
        foreach (var map in bpf.Maps)
        {
            if (sizes.TryGetValue(map.Name, out var entries))
                bpf.SetMaxEntries(map.Name, entries);
            var wanted = map with { MaxEntries = entries > 0 ? entries : map.MaxEntries };
            if (Find(wanted) is { } fd)
                bpf.UseMap(map.Name, fd);
            else
                missing.Add(map.Name);
        }
        bpf.Load();
        foreach (var map in missing)
        {
            _maps[map] = bpf.MapFd(map);
            _made.Add(map);
        }
    }

    /// <summary>Gives new maps their names in the pin directory.</summary>
    internal void Pin()
    {
        foreach (var map in _made)
            PinDirectory.Pin(_maps[map], PathOf(map));
        _made.Clear();
    }

    internal BpfMap<TKey, TValue> Take<TKey, TValue>(string map) where TKey : unmanaged where TValue : unmanaged =>
        new(map, Take(map));

    internal PerCpuMap<TKey, TValue> TakePerCpu<TKey, TValue>(string map)
        where TKey : unmanaged where TValue : unmanaged => new(map, Take(map));

    public IReconcilerTarget<TKey, TValue> Target<TKey, TValue>(string map)
        where TKey : unmanaged where TValue : unmanaged => new BpfMapTarget<TKey, TValue>(Take<TKey, TValue>(map));

    internal SafeFd TakeFd(string map) => Take(map);

    public void Dispose()
    {
        foreach (var fd in _maps.Values)
            fd.Dispose();
    }

    SafeFd Take(string map) =>
        _maps.Remove(map, out var fd) ? fd : throw new InvalidOperationException($"no program uses a map {map}");

    SafeFd? Find(BpfMapDefinition wanted)
    {
        if (_maps.TryGetValue(wanted.Name, out var known))
            return known;
        if (PinDirectory.TryOpen(PathOf(wanted.Name)) is not { } fd)
            return null;
        var difference = BpfMapDefinition.OfKernel(wanted.Name, fd).DifferenceFrom(wanted);
        if (difference is null)
        {
            Reused.Add(wanted.Name);
            return _maps[wanted.Name] = fd;
        }
        fd.Dispose();
        Replaced[wanted.Name] = difference;
        return null;
    }

    string PathOf(string map) => Path.Combine(pins.Maps, map);
}
