using System.IO.Hashing;
using System.Net;
using System.Text;

namespace Weft.Proxy.Balancing;

/// <summary>
/// A client's address leads to the same member as long as it is there (rendezvous hashing with weights): when one goes,
/// only its own clients move, and every proxy chooses alike.
/// </summary>
sealed class SourceHash : Algorithm
{
    readonly (MemberModel Member, long Seed)[] _members;

    internal SourceHash(MemberModel[] members) => _members =
        [.. members.Select(member => (member, (long)XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(member.State.Key.Id))))];

    internal override MemberModel? Choose(IPAddress client, Func<MemberModel, bool> may)
    {
        Span<byte> address = stackalloc byte[16];
        client.TryWriteBytes(address, out var length);
        MemberModel? best = null;
        var bestScore = double.NegativeInfinity;
        foreach (var (member, seed) in _members)
        {
            var score = Score(XxHash3.HashToUInt64(address[..length], seed), member.Weight);
            if (score > bestScore && may(member))
                (best, bestScore) = (member, score);
        }
        return best;
    }

    /// <summary>Of draws like this the highest is each member's in proportion to its weight.</summary>
    static double Score(ulong hash, int weight) => -weight / Math.Log(((hash >> 11) + 0.5) / (1UL << 53));
}
