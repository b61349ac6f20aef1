using Weft.Dataplane;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Stands between an agent's tables and a vrouter's maps: sees every write, and can fail it.</summary>
sealed class RecordingSource(ITableSource inner) : ITableSource
{
    internal List<string> Writes { get; } = [];

    /// <summary>Which writes fail: the map's name and key as text.</summary>
    internal Func<string, string, bool> Fails { get; set; } = (_, _) => false;

    public IReconcilerTarget<TKey, TValue> Target<TKey, TValue>(string map) where TKey : unmanaged where TValue : unmanaged =>
        new RecordingTarget<TKey, TValue>(this, map, inner.Target<TKey, TValue>(map));

    void Write(string map, string key, string verb)
    {
        if (Fails(map, key))
            throw new IOException($"{map} {key} cannot be written");
        Writes.Add($"{verb} {map["weft_".Length..]} {key}");
    }

    sealed class RecordingTarget<TKey, TValue>(RecordingSource source, string map, IReconcilerTarget<TKey, TValue> inner)
        : IReconcilerTarget<TKey, TValue> where TKey : notnull
    {
        public IEnumerable<KeyValuePair<TKey, TValue>> Read() => inner.Read();

        public void Set(TKey key, TValue value)
        {
            source.Write(map, $"{key}", "set");
            inner.Set(key, value);
        }

        public void Remove(TKey key)
        {
            source.Write(map, $"{key}", "remove");
            inner.Remove(key);
        }
    }
}
