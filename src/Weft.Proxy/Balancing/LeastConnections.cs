using System.Net;

namespace Weft.Proxy.Balancing;

/// <summary>The one with the fewest requests for its weight; among equals, in turn.</summary>
sealed class LeastConnections(MemberModel[] members) : Algorithm
{
    int _turn = -1;

    internal override MemberModel? Choose(IPAddress client, Func<MemberModel, bool> may)
    {
        MemberModel? best = null;
        var bestLoad = double.PositiveInfinity;
        var start = (uint)Interlocked.Increment(ref _turn);
        for (var i = 0u; i < members.Length; i++)
        {
            var member = members[(start + i) % (uint)members.Length];
            // With the request that it would get: an idle member of twice the weight is twice as good.
            var load = (member.State.Active + 1) / (double)member.Weight;
            if (load < bestLoad && may(member))
                (best, bestLoad) = (member, load);
        }
        return best;
    }
}
