using Weft.Dataplane.Interop;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>Walks a map in batches (kernel 5.6; per-CPU arrays and LPM tries 5.13), or key by key where it must.</summary>
/// <remarks>
/// A hash map hands out whole buckets; one that does not fit answers ENOSPC, and the buffers grow. Between two
/// batches the position is opaque: bucket number for a hash, a key for the others, hence the room for it.
/// </remarks>
sealed unsafe class BatchReader<TKey, TValue>(SafeFd fd, string name, int valueRoom)
    where TKey : unmanaged
    where TValue : unmanaged
{
    const int FirstSize = 256;

    readonly byte[] _position = new byte[Math.Max(sizeof(TKey), sizeof(ulong))];
    bool _started;
    bool _ended;
    bool _keyByKey;

    internal TKey[] Keys { get; private set; } = new TKey[FirstSize];

    /// <summary><c>valueRoom</c> of them for each key.</summary>
    internal TValue[] Values { get; private set; } = new TValue[FirstSize * valueRoom];

    internal int Count { get; private set; }

    /// <summary>Fills <see cref="Keys"/> and <see cref="Values"/>; false when there is no more.</summary>
    internal bool Next()
    {
        while (!_ended)
        {
            var result = _keyByKey ? ReadKeyByKey() : ReadBatch();
            if (result >= 0)
                return true;
            switch (-result)
            {
                case Errno.ENOENT:
                    _ended = true;
                    return Count > 0;
                case Errno.ENOSPC:
                    Keys = new TKey[Keys.Length * 2];
                    Values = new TValue[Keys.Length * valueRoom];
                    break;
                case BpfErrno.ENOTSUPP or Errno.EOPNOTSUPP or Errno.EINVAL when !_started && !_keyByKey:
                    _keyByKey = true;
                    break;
                default:
                    throw BpfResult.Error(result, $"read map {name}");
            }
        }
        return false;
    }

    int ReadBatch()
    {
        Span<byte> next = stackalloc byte[_position.Length];
        var count = (uint)Keys.Length;
        int result;
        fixed (TKey* keys = Keys)
        fixed (TValue* values = Values)
        fixed (byte* from = _position, to = next)
            result = LibBpf.MapLookupBatch(fd, _started ? from : null, to, keys, values, ref count, null);
        Count = result >= 0 || result == -Errno.ENOENT ? (int)count : 0;
        if (result >= 0)
        {
            next.CopyTo(_position);
            _started = true;
        }
        return result;
    }

    int ReadKeyByKey()
    {
        Count = 0;
        fixed (TKey* keys = Keys)
        fixed (TValue* values = Values)
        fixed (byte* position = _position)
        {
            while (Count < Keys.Length)
            {
                var result = LibBpf.MapNextKey(fd, _started ? position : null, keys + Count);
                if (result < 0)
                    return result;
                *(TKey*)position = keys[Count];
                _started = true;
                if (LibBpf.MapLookup(fd, keys + Count, values + Count * valueRoom) >= 0)
                    Count++;
            }
        }
        return 0;
    }
}
