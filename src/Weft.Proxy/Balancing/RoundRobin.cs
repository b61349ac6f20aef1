using System.Net;

namespace Weft.Proxy.Balancing;

/// <summary>
/// In turn, each as often as its weight says, and spread: a round of weights 3 and 1 is a a b a. The round is worked out
/// once, so a request costs one increment.
/// </summary>
sealed class RoundRobin : Algorithm
{
    readonly MemberModel[] _round;
    int _turn = -1;

    internal RoundRobin(MemberModel[] members) => _round = Round(members);

    internal override MemberModel? Choose(IPAddress client, Func<MemberModel, bool> may)
    {
        var start = (uint)Interlocked.Increment(ref _turn);
        for (var step = 0u; step < _round.Length; step++)
        {
            var member = _round[(start + step) % (uint)_round.Length];
            if (may(member))
                return member;
        }
        return null;
    }

    /// <summary>Whoever lags most behind its share is next.</summary>
    static MemberModel[] Round(MemberModel[] members)
    {
        if (members.Length == 0)
            return [];
        var divisor = members.Aggregate(0, (so, member) => Divisor(so, member.Weight));
        int[] weights = [.. members.Select(member => member.Weight / divisor)];
        var credit = new int[members.Length];
        var round = new MemberModel[weights.Sum()];
        for (var i = 0; i < round.Length; i++)
        {
            var next = 0;
            for (var m = 0; m < members.Length; m++)
            {
                credit[m] += weights[m];
                if (credit[m] > credit[next])
                    next = m;
            }
            credit[next] -= round.Length;
            round[i] = members[next];
        }
        return round;
    }

    static int Divisor(int one, int other) => other == 0 ? one : Divisor(other, one % other);
}
