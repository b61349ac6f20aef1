using System.Collections.Immutable;
using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Rules;
using Weft.Rules.Tables;

namespace Weft.Tests.Rules;

/// <summary>Networks, ports, policies and groups by short names, for tests of what rules mean.</summary>
sealed class RuleWorld
{
    readonly Dictionary<string, Guid> _uids = [];
    readonly Dictionary<Guid, uint> _externals = []; // VNIs, also of those that are gone
    uint _vnis;

    public ImmutableDictionary<Guid, NodeNetwork> Networks { get; set; } = ImmutableDictionary<Guid, NodeNetwork>.Empty;

    public ImmutableDictionary<Guid, NodePort> Ports { get; set; } = ImmutableDictionary<Guid, NodePort>.Empty;

    public ImmutableDictionary<Guid, NodeRuleSet> Sets { get; set; } = ImmutableDictionary<Guid, NodeRuleSet>.Empty;

    public ImmutableDictionary<NodeRuleKey, NodeRule> Rules { get; set; } = ImmutableDictionary<NodeRuleKey, NodeRule>.Empty;

    public ImmutableDictionary<Guid, NodeExternal> Externals { get; set; } = ImmutableDictionary<Guid, NodeExternal>.Empty;

    public ImmutableDictionary<Guid, NodeFloating> Floatings { get; set; } = ImmutableDictionary<Guid, NodeFloating>.Empty;

    public RuleBook Book => RuleBook.Of(Sets.Values, Rules.Values);

    /// <summary>The same name is the same uid, in every run.</summary>
    public Guid Uid(string name)
    {
        if (!_uids.TryGetValue(name, out var uid))
            _uids.Add(name, uid = new(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name))[..16]));
        return uid;
    }

    public RuleInput Input(uint node = 1) => new(node, Networks, Ports, Book) { Externals = Externals, Floatings = Floatings };

    /// <param name="isDefault">The one of published ports.</param>
    public Guid External(string name, bool isDefault = false)
    {
        var uid = Uid(name);
        if (!_externals.TryGetValue(uid, out var vni))
            _externals.Add(uid, vni = 1000u + (uint)_externals.Count);
        Externals = Externals.SetItem(uid, new(uid, name, vni, [], null, isDefault));
        return uid;
    }

    /// <summary>Gives a network its ways out.</summary>
    public void Gateways(string network, params string[] externals)
    {
        var uid = Uid(network);
        Networks = Networks.SetItem(uid, Networks[uid] with { Gateways = [.. externals.Select(external => new NodeGateway(Uid(external), []))] });
    }

    /// <param name="name"><c>project/network</c>.</param>
    public Guid Network(string name, params string[] prefixes)
    {
        var uid = Uid(name);
        Networks = Networks.SetItem(uid, new(
            uid, name.Split('/')[0], name.Split('/')[1], Networks.TryGetValue(uid, out var before) ? before.Vni : ++_vnis,
            [.. prefixes.Select(prefix => new Subnet { Prefix = IPNetwork.Parse(prefix) })], false, 0, 1));
        return uid;
    }

    public NodePort Port(
        string name, string network, string addresses, string labels = "", string groups = "", uint node = 1)
    {
        var port = new NodePort(
            Uid(name), network.Split('/')[0], name, Uid(network), default, [.. Words(addresses).Select(IPAddress.Parse)], node, [], null, null, 1)
        {
            Labels = Labels(labels),
            Groups = [.. Words(groups).Select(Uid).Order()],
        };
        Ports = Ports.SetItem(port.Uid, port);
        return port;
    }

    /// <summary>On its node's own addresses, by TCP.</summary>
    public void Publish(string port, ushort outside, ushort inside)
    {
        var uid = Uid(port);
        Ports = Ports.SetItem(uid, Ports[uid] with { Published = [new(6, new(outside, outside), inside)] });
    }

    public void Policy(string name, string networks, int priority, params RuleSpec[] rules) =>
        Set(name, false, priority, [.. Words(networks).Select(Uid).Order()], rules);

    public void Group(string name, params RuleSpec[] rules) => Set(name, true, 0, [], rules);

    void Set(string name, bool isGroup, int priority, ImmutableArray<Guid> networks, RuleSpec[] rules)
    {
        var uid = Uid(name);
        var number = Sets.TryGetValue(uid, out var before) ? before.Number : (uint)Sets.Count + 1;
        Sets = Sets.SetItem(uid, new(
            uid, isGroup, name.Split('/')[0], name.Split('/')[1], number, priority, networks,
            [.. rules.Select((_, i) => (uint)i + 1)]));
        Rules = Rules.RemoveRange(Rules.Keys.Where(key => key.Set == uid))
            .SetItems(rules.Select((spec, i) => new NodeRule(new(uid, (uint)i + 1), spec)).Select(rule => KeyValuePair.Create(rule.Key, rule)));
    }

    public Party Party(string port, int address = 0) => Party(Ports[Uid(port)], address);

    public Party Party(NodePort port, int address = 0) => Party(Input(), port, port.Addresses[address]);

    public static Party Party(RuleInput input, NodePort port, IPAddress address) => new(
        port.Network, input.Networks[port.Network].Project, address, port.Groups, port.Labels);

    public Decision Decide(string from, string to, Traffic traffic, int address = 0) =>
        Decide(Party(from, address), Party(to, address), traffic);

    public Decision Decide(Party from, Party to, Traffic traffic, bool published = false) => Decide(Input(), from, to, traffic, published);

    public static Decision Decide(RuleInput input, Party from, Party to, Traffic traffic, bool published = false) =>
        ReferenceEvaluator.Evaluate(input.Book, from, to, traffic, AreJoined(input, from, to), published);

    static bool AreJoined(RuleInput input, Party from, Party to) =>
        from.IsOutside ? OutsideJoins.AreJoined(input, to.Network, from.Network)
        : to.IsOutside ? OutsideJoins.AreJoined(input, from.Network, to.Network)
        : NetworkJoins.AreJoined(input.Book, from.Network, from.Project, to.Network, to.Project);

    public Party Outside(string external, string address) => Weft.Rules.Party.Outside(Uid(external), IPAddress.Parse(address));

    public RuleEndpoint End(string? network = null, string? prefix = null, string? group = null, string labels = "") => new(
        network is null ? null : Uid(network), prefix is null ? null : IPNetwork.Parse(prefix), group is null ? null : Uid(group), Labels(labels));

    public static RuleSpec Rule(
        RuleAction action, RuleEndpoint from, RuleEndpoint to, byte? protocol = null, string ports = "", string sourcePorts = "",
        string types = "", RuleDirection direction = RuleDirection.OneWay, bool log = false) => new(
            action, direction, protocol, from, to, Ranges(ports), Ranges(sourcePorts), [.. Words(types).Select(byte.Parse)], null, log);

    public static ImmutableArray<PortRange> Ranges(string text) =>
        [.. Words(text).Select(word => PortRange.TryParse(word, out var range) ? range : throw new ArgumentException(word))];

    public static Traffic Tcp(ushort port, ushort source = 40000) => new(6, source, port, 0);

    public static Traffic Udp(ushort port, ushort source = 40000) => new(17, source, port, 0);

    public static Traffic Icmp(byte type = 8) => new(1, 0, 0, type);

    public static ImmutableArray<KeyValuePair<string, string>> Labels(string text) =>
        [.. Words(text).Select(word => word.Split('=')).Select(pair => KeyValuePair.Create(pair[0], pair[1])).OrderBy(pair => pair.Key, StringComparer.Ordinal)];

    static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
