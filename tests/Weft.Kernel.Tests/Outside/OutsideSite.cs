using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Abi;
using Weft.Kernel.Tests.Agent;
using Member = Weft.Kernel.Tests.Rules.Member;
using Weft.Linux;
using Weft.Model.State;
using Weft.Tests.Rules;

namespace Weft.Kernel.Tests.Outside;

/// <summary>
/// Two hosts with agents and the real vrouter, and what is outside. Hosts, a client and a router are on one segment, which is
/// the external network "lab"; "far" is behind the router.
/// <code>
///   p/web 10.1/24: web (a), web2 (a), back (b)     p/app 10.2/24: app (a), app2 (b)
///   lab: a .11, b .12, client .200, router .1 ─── far 203.0.113.5
/// </code>
/// </summary>
sealed class OutsideSite : IAsyncDisposable
{
    internal const string UplinkName = "uplink";
    const uint LabVni = 900;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly Topology _topology = new();
    readonly Dictionary<string, NodeNetwork> _networks = [];
    readonly Dictionary<string, (Guid Uid, uint Number)> _sets = [];
    readonly Dictionary<TestAgent, TestNode> _hosts = [];

    internal TestCluster Cluster { get; } = new();

    internal TestAgent A { get; private set; } = null!;

    internal TestAgent B { get; private set; } = null!;

    internal Segment Lab { get; private set; } = null!;

    internal TestNamespace Client { get; private set; } = null!;

    internal TestNamespace Far { get; private set; } = null!;

    internal Dictionary<string, Member> Members { get; } = [];

    internal static IPAddress ClientV4 { get; } = IPAddress.Parse("198.51.100.200");

    internal static IPAddress ClientV6 { get; } = IPAddress.Parse("2001:db8:51::200");

    internal static IPAddress FarV4 { get; } = IPAddress.Parse("203.0.113.5");

    internal static IPAddress FarV6 { get; } = IPAddress.Parse("2001:db8:113::5");

    internal NodeExternal External { get; } = new(
        Guid.NewGuid(), "lab", LabVni,
        [
            new() { Prefix = IPNetwork.Parse("198.51.100.0/24"), Gateway = IPAddress.Parse("198.51.100.1") },
            new() { Prefix = IPNetwork.Parse("2001:db8:51::/64"), Gateway = IPAddress.Parse("2001:db8:51::1") },
        ], UplinkName, Default: true);

    /// <param name="farMtu">Bytes of L3 that the router can send on to what is far.</param>
    internal static async Task<OutsideSite> StartAsync(int farMtu = 1500)
    {
        var site = new OutsideSite();
        try
        {
            site.Build(farMtu);
            site.Cluster.Change(state => state with { Externals = state.Externals.Add(site.External.Uid, site.External) });
            site.Network("p/web", 101);
            site.Network("p/app", 102);
            site.A.Start();
            site.B.Start();
            foreach (var (name, agent, network) in new[] { ("web", site.A, "p/web"), ("web2", site.A, "p/web"), ("back", site.B, "p/web"), ("app", site.A, "p/app"), ("app2", site.B, "p/app") })
                await site.AttachAsync(name, agent, network);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    internal TestNamespace HostOf(TestAgent agent) => _hosts[agent].Host;

    /// <summary>The node's own address on its uplink.</summary>
    internal IPAddress AddressOf(TestAgent agent, AddressFamily family) =>
        IPAddress.Parse(family == AddressFamily.InterNetwork ? $"198.51.100.{Number(agent)}" : $"2001:db8:51::{Number(agent)}");

    internal uint UplinkOf(TestAgent agent) => (uint)_hosts[agent].Netlink.GetLink(UplinkName).Index;

    /// <summary>A floating IP, or another target of it; on the node of its target.</summary>
    internal void Float(string address, string member, params NodePortMapping[] mappings)
    {
        var (target, external) = (Members[member], IPAddress.Parse(address));
        var port = Cluster.State.Ports[target.Port];
        var floating = new NodeFloating(
            UidOf(address), "p", "f", External.Uid, external, port.NodeNumber, target.Port, null, port.Network,
            target.Address(external.AddressFamily), [.. mappings]);
        Cluster.Change(state => state with { Floatings = state.Floatings.SetItem(floating.Uid, floating) });
    }

    internal void Sink(string address) => Cluster.Change(state => state with { Floatings = state.Floatings.Remove(UidOf(address)) });

    /// <summary>What ports of a network are outside, by number of the node.</summary>
    internal void Egress(string network, params (uint Node, string Address)[] egress) => Cluster.Change(state => state with
    {
        Networks = state.Networks.SetItem(_networks[network].Uid, state.Networks[_networks[network].Uid] with
        {
            Gateways = [new(External.Uid, [.. egress.Select(each => new NodeEgress(each.Node, IPAddress.Parse(each.Address)))])],
        }),
    });

    internal void Publish(string member, byte protocol, ushort outside, ushort inside) =>
        Cluster.ChangePort(Members[member].Port, port => port with { Published = [new(protocol, new(outside, outside), inside)] });

    internal void Policy(string name, string[] networks, params RuleSpec[] rules)
    {
        var (uid, number) = _sets.TryGetValue(name, out var known) ? known : _sets[name] = (Guid.NewGuid(), (uint)_sets.Count + 1);
        var set = new NodeRuleSet(
            uid, false, "p", name, number, 100, [.. networks.Select(network => _networks[network].Uid).Order()], [.. rules.Select((_, i) => (uint)i + 1)]);
        Cluster.Change(state => state with
        {
            RuleSets = state.RuleSets.SetItem(uid, set),
            Rules = state.Rules.RemoveRange(state.Rules.Keys.Where(key => key.Set == uid))
                .SetItems(rules.Select((spec, i) => KeyValuePair.Create(new NodeRuleKey(uid, (uint)i + 1), new NodeRule(new(uid, (uint)i + 1), spec)))),
        });
    }

    /// <summary>Lets in from a prefix of the lab, or all of it.</summary>
    internal RuleSpec From(string? prefix, RuleAction action = RuleAction.Allow, byte? protocol = null, string ports = "") =>
        RuleWorld.Rule(action, Outside(prefix), RuleEndpoint.Any, protocol, ports);

    internal RuleSpec To(string? prefix, RuleAction action, byte? protocol = null, string ports = "") =>
        RuleWorld.Rule(action, RuleEndpoint.Any, Outside(prefix), protocol, ports);

    /// <summary>Every running agent has in the kernel what has been told up to now.</summary>
    internal Task SettledAsync() => Cluster.AppliedAsync(TestContext.Current.CancellationToken);

    /// <summary>Packets dropped on both nodes, by reason.</summary>
    internal ulong Drops(DropReason reason) => new[] { A, B }.Where(agent => agent.IsRunning)
        .SelectMany(agent => agent.Runtime.Opened.Result.ReadDrops()).Where(drop => drop.Reason == reason).Aggregate(0UL, (sum, drop) => sum + drop.Packets);

    /// <summary>Moves a port to the other host, as a container that is started there again under its name.</summary>
    internal async Task MoveAsync(string name, TestAgent to)
    {
        var member = Members[name];
        var port = Cluster.State.Ports[member.Port];
        await member.Agent.Attacher.DetachAsync(member.Port, TestContext.Current.CancellationToken);
        // What was made by attaching goes with it; the server keeps one that has its own document.
        Cluster.Change(state => state with { Ports = state.Ports.SetItem(port.Uid, port with { NodeNumber = 0 }) });
        await AttachAsync(name, to, $"p/{Cluster.State.Networks[port.Network].Name}");
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        _topology.Dispose();
    }

    RuleEndpoint Outside(string? prefix) => new(External.Uid, prefix is null ? null : IPNetwork.Parse(prefix), null, []);

    int Number(TestAgent agent) => agent == A ? 11 : 12;

    static Guid UidOf(string address) => new(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(address))[..16]);

    void Build(int farMtu)
    {
        Lab = new Segment(_topology, "lab");
        foreach (var label in (string[])["a", "b"])
        {
            var node = _topology.Node(label);
            var agent = Cluster.Agent(_topology, node);
            _hosts[agent] = node;
            (A, B) = label == "a" ? (agent, B) : (A, agent);
            Lab.Plug(node.Host, UplinkName, 1500, $"{AddressOf(agent, AddressFamily.InterNetwork)}/24", $"{AddressOf(agent, AddressFamily.InterNetworkV6)}/64");
        }
        (Client, Far) = (_topology.Container("client"), _topology.Container("far"));
        Lab.Plug(Client, "eth0", 1500, $"{ClientV4}/24", $"{ClientV6}/64");
        var router = _topology.Container("router");
        var beyond = new Segment(_topology, "beyond");
        Lab.Plug(router, "eth0", 1500, "198.51.100.1/24", "2001:db8:51::1/64");
        beyond.Plug(router, "eth1", farMtu, "203.0.113.1/24", "2001:db8:113::1/64");
        beyond.Plug(Far, "eth0", 1500, $"{FarV4}/24", $"{FarV6}/64");
        new Sysctl(router.Ns).Write(("ipv4/ip_forward", 1), ("ipv6/conf/all/forwarding", 1));
        // What is far sends nothing too large, and promises to take what is: so others have to find out.
        Command.Run(Far, "ip", "route", "add", "default", "via", "203.0.113.1", "mtu", $"{farMtu}", "advmss", "1460");
        Command.Run(Far, "ip", "-6", "route", "add", "default", "via", "2001:db8:113::1", "mtu", $"{farMtu}", "advmss", "1440");
    }

    void Network(string name, uint vni)
    {
        var number = vni - 100;
        var network = Cluster.Network(name.Split('/')[1], vni, [$"10.{number}.0.0/24", $"fd00:{number}::/64"], "p");
        _networks[name] = network;
        Cluster.Change(state => state with
        {
            Networks = state.Networks.SetItem(network.Uid, network with { Gateways = [new(External.Uid, [])] }),
        });
    }

    async Task AttachAsync(string name, TestAgent agent, string network)
    {
        var container = Members.TryGetValue(name, out var before) ? before.Container : _topology.Container(name);
        var attachment = await agent.AttachAsync(container, network.Split('/')[1], name, "p");
        Members[name] = new(name, container, agent, attachment.Port, attachment.Addresses[0].Address, attachment.Addresses[1].Address);
    }
}
