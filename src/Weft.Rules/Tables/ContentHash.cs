using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Weft.Model.State;

namespace Weft.Rules.Tables;

/// <summary>Names things by what they hold, so that an agent that starts anew finds what it had.</summary>
/// <remarks>
/// SHA-256, cut short: whoever writes rules chooses what is hashed, and must not be able to choose a hash that is
/// another project's.
/// </remarks>
ref struct ContentHash
{
    byte[] _bytes;
    int _length;

    public ContentHash() => _bytes = new byte[256];

    public void Add(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Room(sizeof(ulong)), value);

    public void Add(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Room(sizeof(uint)), value);

    public void Add(byte value) => Room(1)[0] = value;

    public void Add(UInt128 value) => BinaryPrimitives.WriteUInt128LittleEndian(Room(16), value);

    public void Add(Guid value) => value.TryWriteBytes(Room(16));

    /// <summary>With its length before it, so that no two lists of texts look alike.</summary>
    public void Add(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Add((uint)length);
        Encoding.UTF8.GetBytes(value, Room(length));
    }

    /// <summary>An endpoint without its network.</summary>
    public void Add(RuleEndpoint endpoint)
    {
        Add((byte)(endpoint.Prefix is null ? 0 : 1));
        if (endpoint.Prefix is { } prefix)
        {
            Add((byte)(prefix.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 4 : 6));
            Add((byte)prefix.PrefixLength);
            var written = prefix.BaseAddress.TryWriteBytes(Room(16), out _);
            System.Diagnostics.Debug.Assert(written, "an address has at most 16 bytes");
        }
        Add(endpoint.Group ?? Guid.Empty);
        Add((uint)(endpoint.Labels.IsDefault ? 0 : endpoint.Labels.Length));
        foreach (var (key, value) in endpoint.Labels.IsDefault ? [] : endpoint.Labels)
        {
            Add(key);
            Add(value);
        }
    }

    public readonly UInt128 ToUInt128()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_bytes.AsSpan(0, _length), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    Span<byte> Room(int size)
    {
        if (_length + size > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + size));
        _length += size;
        return _bytes.AsSpan(_length - size, size);
    }
}
