using System.Globalization;
using System.IO.Hashing;
using System.Net;
using System.Text;
using Weft.Model.Proxying;
using Weft.Proxy.Balancing;
using Weft.Proxy.Forwarding;

namespace Weft.Proxy.Runtime;

/// <summary>What lasts of a pool through configurations: its connections, and what is known of its members.</summary>
sealed class PoolRuntime(NamespaceSockets sockets, TimeProvider time)
{
    Dictionary<MemberKey, MemberState> _members = [];
    MemberTransport? _transport;

    internal IReadOnlyCollection<MemberState> Members => _members.Values;

    internal PoolModel Build(ProxyPool pool)
    {
        var settings = TransportSettings.Of(pool.Http);
        if (_transport?.Has(settings) != true)
            _transport = new(settings, sockets);
        var members = new Dictionary<MemberKey, MemberState>();
        var models = new List<MemberModel>();
        foreach (var member in pool.Members)
        {
            var key = new MemberKey(pool.Name, member.Id, member.Address, member.Port);
            var state = members[key] = _members.GetValueOrDefault(key) ?? new(key, time);
            models.Add(new(state, member.Weight, member.MaxConnections, member.Healthy, Target(settings, member), Cookie(key)));
        }
        foreach (var gone in _members.Where(known => !members.ContainsKey(known.Key)))
            _transport.Forget(gone.Value);
        foreach (var state in members.Values)
            _transport.Know(state);
        _members = members;
        return new(pool, models, _transport);
    }

    static string Target(TransportSettings settings, ProxyMember member) =>
        string.Create(CultureInfo.InvariantCulture, $"{settings.Scheme}://{new IPEndPoint(member.Address, member.Port)}/");

    /// <summary>Tells nothing about the member, and is the same in every process that serves the load balancer.</summary>
    static string Cookie(MemberKey key) => Convert.ToHexStringLower(
        XxHash3.Hash(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{key.Pool}/{key.Id}/{key.Port}"))));
}
