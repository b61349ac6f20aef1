using Weft.Linux;

namespace Weft.Kernel.Tests;

public sealed class TopologyTests
{
    [Fact]
    public void Hosts_reach_each_other_until_the_cable_is_pulled()
    {
        using var topology = new Topology(mtu: 1600);
        var a = topology.Node("a");
        var b = topology.Node("b");
        Command.Run(a.Host, "ping", "-c1", "-W5", "-M", "do", "-s", "1572", b.IPv4.ToString());
        Command.Run(a.Host, "ping", "-6", "-c1", "-W5", b.IPv6.ToString());

        b.Unplug();
        Eventually.True(() => !b.FabricLink.HasCarrier);
        Assert.NotEqual(0, Command.Try(a.Host, "ping", "-c1", "-W1", b.IPv4.ToString()).ExitCode);
        b.Replug();
        Command.Run(a.Host, "ping", "-c3", "-i0.2", "-W5", b.IPv4.ToString());
    }

    [Fact]
    public void Nothing_is_left_after_disposal()
    {
        string pins;
        var names = new List<string>();
        using (var topology = new Topology())
        {
            names.Add(topology.Node("n1").Host.Name);
            names.Add(topology.Container("c1").Name);
            pins = topology.PinFolder;
            Assert.True(Directory.Exists(pins));
        }
        Assert.Empty(NetNs.Names().Intersect(names));
        Assert.False(Directory.Exists(pins));
    }

    [Fact]
    public void Only_names_of_dead_runs_are_swept()
    {
        Assert.False(RunName.IsOfDeadRun(RunName.Next("alive")));
        Assert.False(RunName.IsOfDeadRun("somebody-1-x"));
        Assert.False(RunName.IsOfDeadRun("weftt-"));
        Assert.True(RunName.IsOfDeadRun("weftt-4194305-1-x")); // above the largest process id
        Assert.True(RunName.IsOfDeadRun("weftt-1-1-x")); // alive, but no test run
    }
}
