using System.Diagnostics.CodeAnalysis;
using Weft.Dataplane.Interop;
using Weft.Linux;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>A kernel map with keys and values of fixed layout. Thread-safe: every call is one or more bpf(2) calls.</summary>
/// <remarks>
/// The sizes are compared with the kernel's when the map is opened, so a value of another layout is never written.
/// Reading everything is not a snapshot: entries that programs add or remove meanwhile may or may not show.
/// </remarks>
[SuppressMessage("Naming", "CA1711", Justification = "it is a map")]
public sealed unsafe class BpfMap<TKey, TValue> : IDisposable
    where TKey : unmanaged
    where TValue : unmanaged
{
    readonly SafeFd _fd;

    /// <summary>Takes over <paramref name="fd"/>.</summary>
    /// <exception cref="InvalidOperationException">The map's keys or values have another size.</exception>
    public BpfMap(string name, SafeFd fd)
    {
        _fd = fd;
        Definition = BpfMapDefinition.OfKernel(name, fd);
        if (Definition.KeySize != sizeof(TKey) || Definition.ValueSize != sizeof(TValue))
            throw new InvalidOperationException(
                $"map {name} has {Definition.KeySize}/{Definition.ValueSize} bytes of key/value, "
                + $"{typeof(TKey).Name}/{typeof(TValue).Name} have {sizeof(TKey)}/{sizeof(TValue)}");
    }

    public BpfMapDefinition Definition { get; }

    public string Name => Definition.Name;

    internal SafeFd Fd => _fd;

    public bool TryGet(TKey key, out TValue value)
    {
        TValue found;
        var result = LibBpf.MapLookup(_fd, &key, &found);
        value = result >= 0 ? found : default;
        return result >= 0 || (result == -Errno.ENOENT ? false : throw Failed(result, "look up in"));
    }

    /// <summary>Adds or replaces.</summary>
    /// <exception cref="LinuxException">E2BIG or ENOSPC: the map is full.</exception>
    public void Set(TKey key, TValue value)
    {
        var result = LibBpf.MapUpdate(_fd, &key, &value, flags: 0);
        if (result < 0)
            throw Failed(result, "write to");
    }

    /// <summary>False when there was no such key.</summary>
    public bool Remove(TKey key)
    {
        var result = LibBpf.MapDelete(_fd, &key);
        return result >= 0 || (result == -Errno.ENOENT ? false : throw Failed(result, "remove from"));
    }

    /// <summary>Everything, in no order, read in batches.</summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> ReadAll()
    {
        var reader = new BatchReader<TKey, TValue>(_fd, Name, valueRoom: 1);
        while (reader.Next())
            for (var i = 0; i < reader.Count; i++)
                yield return new(reader.Keys[i], reader.Values[i]);
    }

    public int Count()
    {
        var reader = new BatchReader<TKey, TValue>(_fd, Name, valueRoom: 1);
        var count = 0;
        while (reader.Next())
            count += reader.Count;
        return count;
    }

    public void Dispose() => _fd.Dispose();

    LinuxException Failed(int result, string verb) => MapFull.Explain(Definition, result, $"{verb} map {Name}");
}

static class MapFull
{
    internal static LinuxException Explain(BpfMapDefinition map, int result, string operation) =>
        -result is BpfErrno.E2BIG or Errno.ENOSPC
            ? new(operation, -result, $"the map is full ({map.MaxEntries} entries)")
            : BpfResult.Error(result, operation);
}
