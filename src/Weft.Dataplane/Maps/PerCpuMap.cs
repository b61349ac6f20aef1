using System.Numerics;
using Weft.Dataplane.Interop;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>
/// A map with one value per CPU for every key: counters, written by programs. Values are a multiple of 8 bytes, as
/// the kernel lays them out.
/// </summary>
public sealed unsafe class PerCpuMap<TKey, TValue> : IDisposable
    where TKey : unmanaged
    where TValue : unmanaged
{
    static readonly int s_cpus = LibBpf.NumPossibleCpus();

    readonly SafeFd _fd;

    /// <summary>Takes over <paramref name="fd"/>.</summary>
    public PerCpuMap(string name, SafeFd fd)
    {
        _fd = fd;
        Definition = BpfMapDefinition.OfKernel(name, fd);
        if (Definition.KeySize != sizeof(TKey) || Definition.ValueSize != sizeof(TValue) || sizeof(TValue) % 8 != 0)
            throw new InvalidOperationException(
                $"map {name} has {Definition.KeySize}/{Definition.ValueSize} bytes of key/value per CPU, "
                + $"{typeof(TKey).Name}/{typeof(TValue).Name} have {sizeof(TKey)}/{sizeof(TValue)}");
    }

    public BpfMapDefinition Definition { get; }

    public string Name => Definition.Name;

    /// <summary>The values of all CPUs; false when there is no such key.</summary>
    public bool TryGet(TKey key, out TValue[] values)
    {
        values = new TValue[s_cpus];
        fixed (TValue* room = values)
        {
            var result = LibBpf.MapLookup(_fd, &key, room);
            return result >= 0
                || (result == -Errno.ENOENT ? false : throw BpfResult.Error(result, $"look up in map {Name}"));
        }
    }

    /// <summary>False when there was no such key.</summary>
    public bool Remove(TKey key)
    {
        var result = LibBpf.MapDelete(_fd, &key);
        return result >= 0
            || (result == -Errno.ENOENT ? false : throw BpfResult.Error(result, $"remove from map {Name}"));
    }

    /// <summary>Everything, one value per CPU for each key.</summary>
    public IEnumerable<KeyValuePair<TKey, TValue[]>> ReadAll()
    {
        var reader = new BatchReader<TKey, TValue>(_fd, Name, s_cpus);
        while (reader.Next())
            for (var i = 0; i < reader.Count; i++)
                yield return new(reader.Keys[i], reader.Values.AsSpan(i * s_cpus, s_cpus).ToArray());
    }

    public void Dispose() => _fd.Dispose();
}

/// <summary>Sums over CPUs.</summary>
public static class PerCpuMapExtensions
{
    /// <summary>The sum over all CPUs; zero when there is no such key.</summary>
    public static TValue Sum<TKey, TValue>(this PerCpuMap<TKey, TValue> map, TKey key)
        where TKey : unmanaged
        where TValue : unmanaged, IAdditionOperators<TValue, TValue, TValue> =>
        map.TryGet(key, out var values) ? Sum(values) : default;

    /// <summary>Everything, summed over all CPUs.</summary>
    public static IEnumerable<KeyValuePair<TKey, TValue>> ReadSums<TKey, TValue>(this PerCpuMap<TKey, TValue> map)
        where TKey : unmanaged
        where TValue : unmanaged, IAdditionOperators<TValue, TValue, TValue> =>
        map.ReadAll().Select(entry => KeyValuePair.Create(entry.Key, Sum(entry.Value)));

    static TValue Sum<TValue>(TValue[] values) where TValue : unmanaged, IAdditionOperators<TValue, TValue, TValue>
    {
        var sum = default(TValue);
        foreach (var value in values)
            sum += value;
        return sum;
    }
}
