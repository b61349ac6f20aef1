using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Weft.Agent.Desired;

/// <summary>Numbers for what has a name, the same in the life of every agent: the kernel's maps outlive it, and flows name them.</summary>
/// <remarks>
/// A number is a hash of the name. Two names that have the same one, about one pair in four thousand million, are told apart
/// by counting on from there; which of them has it may change then when an agent restarts.
/// </remarks>
sealed class NumberBook<TName>(Func<TName, string> textOf) where TName : notnull
{
    readonly Dictionary<TName, uint> _numbers = [];
    readonly Dictionary<uint, TName> _names = [];

    /// <summary>Never 0.</summary>
    internal uint Of(TName name)
    {
        if (_numbers.TryGetValue(name, out var known))
            return known;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(textOf(name)), hash);
        var number = BinaryPrimitives.ReadUInt32BigEndian(hash);
        while (number == 0 || _names.ContainsKey(number))
            number++;
        _names[number] = name;
        return _numbers[name] = number;
    }

    /// <summary>Whose it is.</summary>
    internal bool TryGet(uint number, out TName name) => _names.TryGetValue(number, out name!);

    internal void Forget(TName name)
    {
        if (_numbers.Remove(name, out var number))
            _names.Remove(number);
    }
}
