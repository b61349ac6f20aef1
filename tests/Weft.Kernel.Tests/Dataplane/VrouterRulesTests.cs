using System.Net;
using Weft.Dataplane;
using Weft.Dataplane.Abi;

namespace Weft.Kernel.Tests.Dataplane;

/// <summary>Rules through the vrouter as the agent uses it, between real containers.</summary>
public sealed class VrouterRulesTests : IDisposable
{
    const uint Web = 7001, Db = 7002;
    const ulong IdWeb = 1, IdDb = 2, Table = 0xabc;

    readonly VrouterHost _host = new("rules");

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData(AttachMode.Tcx)]
    [InlineData(AttachMode.Clsact)]
    public async Task A_rule_joins_two_containers_of_two_networks_and_is_counted_and_told(AttachMode mode)
    {
        var (one, two) = (_host.AddContainer(1, "10.9.1.1/24"), _host.AddContainer(2, "10.9.2.1/24"));
        foreach (var container in new[] { one, two })
            Command.Run("ip", "-n", container.Namespace.Name, "route", "add", "default", "dev", "eth0");
        using var vrouter = _host.Open(mode);
        Want(vrouter, one, Web, IdWeb, Db, "10.9.2.0/24");
        Want(vrouter, two, Db, IdDb, Web, "10.9.1.0/24");
        vrouter.MarkInSync();
        Assert.True(vrouter.Apply().IsClean);
        _host.Attach(vrouter, one);
        _host.Attach(vrouter, two);
        using var events = vrouter.OpenEvents();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));

        Assert.False(one.Reaches(two.Address));
        Assert.Contains(vrouter.ReadDrops(), d => d.Ifindex == one.Ifindex && d.Reason == DropReason.PolicyNoRule);

        vrouter.Verdicts.Set(VerdictKey.OnePort(Table, 1, 8), VerdictEntry.Allow(3, 4, log: true));
        vrouter.Policies.Set(PolicyKey.Of(IdWeb, IdDb), PolicyEntry.Of(Table));
        Assert.True(vrouter.Apply().IsClean);
        Assert.Empty(vrouter.NetworksInDoubt);
        Assert.True(one.Reaches(two.Address));
        Assert.False(two.Reaches(one.Address));

        Assert.Equal(1ul, vrouter.ReadRuleCounts()[new() { Policy = 3, Rule = 4 }].Packets);
        await foreach (var opened in events.ReadAllAsync(patience.Token))
        {
            Assert.Equal((3u, 4u, (byte)8, one.Address), (opened.Policy, opened.Rule, opened.IcmpType, opened.Key.Source.ToIPAddress()));
            break;
        }
        await patience.CancelAsync();

        vrouter.Policies.Remove(PolicyKey.Of(IdWeb, IdDb));
        Assert.True(vrouter.Apply().IsClean);
        Assert.False(one.Reaches(two.Address));
        Assert.Empty(vrouter.Policies.Actual());
    }

    static void Want(Vrouter vrouter, Container container, uint vni, ulong identity, uint other, string prefix)
    {
        VrouterHost.Want(vrouter, container, vni);
        var key = RouteKey.For(vni, container.Address);
        Assert.True(vrouter.Routes.TryGetDesired(key, out var route));
        route.Identity = identity;
        vrouter.Routes.Set(key, route);
        vrouter.Routes.Set(RouteKey.For(vni, IPNetwork.Parse(prefix)), new() { Action = FlowAction.Network, Vni = other });
    }
}
