using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Weft.Agent.Balancing;

/// <summary>Who serves which hash: the table of Maglev (Eisenbud et al., NSDI 2016, section 3.4), with weights.</summary>
/// <remarks>
/// Each member has an order of its own in which it wants the slots, made from its identity alone, and the members take
/// turns. So all nodes have the same table, and when a member goes, the others keep nearly all that they had. All of that
/// holds only while the size stays: it is chosen in few and wide steps, and kept for as long as it will do.
/// </remarks>
static class MaglevTable
{
    /// <summary>Slots of a member, on average, that shares are within a percent or two of what weights say.</summary>
    const int SlotsPerMember = 100;

    /// <summary>Primes, so that every skip visits all slots.</summary>
    static readonly int[] Sizes = [4093, 16381, 65537];

    /// <summary>One that takes part.</summary>
    /// <param name="Offset">Where its order begins.</param>
    /// <param name="Skip">How far from one slot to the next.</param>
    internal readonly record struct Member(ulong Offset, ulong Skip, int Weight)
    {
        /// <param name="port">Uid.</param>
        /// <param name="targetPort">0: the listener's.</param>
        /// <param name="weight">1 or more.</param>
        internal static Member Of(Guid port, ushort targetPort, int weight)
        {
            Span<byte> identity = stackalloc byte[18];
            port.TryWriteBytes(identity, bigEndian: true, out _);
            BinaryPrimitives.WriteUInt16BigEndian(identity[16..], targetPort);
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(identity, hash);
            return new(BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash[8..]), weight);
        }
    }

    /// <summary>The size for these members. The current one stays if it is at all fit: another would move every client.</summary>
    /// <param name="members">All that the pool has, whether up or not.</param>
    /// <param name="current">0: none.</param>
    internal static int SizeFor(ReadOnlySpan<Member> members, int current)
    {
        var (sum, least) = (0L, long.MaxValue);
        foreach (var member in members)
            (sum, least) = (sum + member.Weight, Math.Min(least, member.Weight));
        var wanted = members.IsEmpty ? 0 : SlotsPerMember * sum / least;
        var fit = Array.Find(Sizes, size => size >= wanted) is var found and not 0 ? found : Sizes[^1];
        return Sizes.Contains(current) && current >= Math.Min(wanted / 2, Sizes[^1]) && current <= 5 * fit ? current : fit;
    }

    /// <returns>For each slot the index of a member; empty without members.</returns>
    internal static int[] Of(ReadOnlySpan<Member> members, int size)
    {
        if (members.IsEmpty)
            return [];
        var table = new int[size];
        Array.Fill(table, -1);
        var (next, skip, credit) = (new uint[members.Length], new uint[members.Length], new int[members.Length]);
        var largest = 0;
        for (var i = 0; i < members.Length; i++)
        {
            (next[i], skip[i]) = ((uint)(members[i].Offset % (ulong)size), (uint)(members[i].Skip % (ulong)(size - 1)) + 1);
            largest = Math.Max(largest, members[i].Weight);
        }
        for (var filled = 0; ;)
        {
            for (var i = 0; i < members.Length; i++)
            {
                // The heaviest has a turn in every round, the others as often as their weight to its.
                if ((credit[i] += members[i].Weight) < largest)
                    continue;
                credit[i] -= largest;
                while (table[next[i]] >= 0)
                    next[i] = Advance(next[i], skip[i], size);
                table[next[i]] = i;
                if (++filled == size)
                    return table;
            }
        }
    }

    static uint Advance(uint at, uint skip, int size)
    {
        var next = at + skip;
        return next >= (uint)size ? next - (uint)size : next;
    }
}
