using System.Net;
using Weft.Model.Proxying;
using Weft.Model.Resources;
using Weft.Proxy.Forwarding;

namespace Weft.Proxy.Balancing;

/// <summary>A member as one configuration wants it.</summary>
/// <param name="Target">As the forwarder writes it: <c>http://10.0.0.2:80/</c>.</param>
/// <param name="Cookie">What a cookie calls it.</param>
sealed record MemberModel(MemberState State, int Weight, uint Limit, bool Healthy, string Target, string Cookie);

/// <summary>A pool of one configuration. Never changes; requests that began with it end with it.</summary>
sealed class PoolModel
{
    readonly MemberModel[] _reachable;
    readonly Algorithm _algorithm;

    internal PoolModel(ProxyPool pool, IReadOnlyList<MemberModel> members, MemberTransport transport)
    {
        Pool = pool;
        Transport = transport;
        All = [.. members];
        _reachable = [.. members.Where(member => member.Healthy)];
        MemberModel[] eligible = [.. _reachable.Where(member => member.Weight > 0)];
        _algorithm = Algorithm.Of(pool.Algorithm ?? Weft.Model.Resources.Pool.RoundRobin, eligible);
    }

    internal ProxyPool Pool { get; }

    internal MemberTransport Transport { get; }

    internal MemberModel[] All { get; }

    internal StickyCookie? Cookie => Pool.Http?.Cookie;

    /// <summary>
    /// Takes a place at a member: the one of the cookie while it is well, draining or not; else by the algorithm. Those that
    /// could not be reached just now come last. Null: there is nobody.
    /// </summary>
    internal MemberModel? Choose(IPAddress client, string? cookie, IReadOnlyCollection<MemberModel> tried)
    {
        if (cookie is not null && FindByCookie(cookie) is { } known && !tried.Contains(known)
            && !known.State.IsDistrusted && known.State.TryBegin(known.Limit))
            return known;
        return Take(client, member => !member.State.IsDistrusted && !tried.Contains(member))
            ?? Take(client, member => !tried.Contains(member));
    }

    MemberModel? FindByCookie(string cookie)
    {
        foreach (var member in _reachable)
        {
            if (member.Cookie == cookie)
                return member;
        }
        return null;
    }

    MemberModel? Take(IPAddress client, Func<MemberModel, bool> may)
    {
        List<MemberModel>? full = null;
        while (_algorithm.Choose(client, member => may(member) && full?.Contains(member) != true) is { } chosen)
        {
            if (chosen.State.TryBegin(chosen.Limit))
                return chosen;
            (full ??= []).Add(chosen);
        }
        return null;
    }
}
