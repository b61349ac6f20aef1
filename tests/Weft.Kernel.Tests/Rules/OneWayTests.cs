using System.Net.Sockets;
using Weft.Model.State;
using static Weft.Tests.Rules.RuleWorld;

namespace Weft.Kernel.Tests.Rules;

/// <summary>One site for all tests of a class that leave it as they found it.</summary>
public sealed class SharedSite : IAsyncLifetime
{
    internal RuleSite Site { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Site = await RuleSite.StartAsync();

    public ValueTask DisposeAsync() => Site.DisposeAsync();
}

public sealed class OneWayTests(SharedSite sites) : IClassFixture<SharedSite>
{
    public static TheoryData<string, string, string> OneWays
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var kind in (string[])["tcp", "udp", "echo"])
            {
                foreach (var to in (string[])["log", "log2"])
                {
                    foreach (var family in ConnectivityTests.Families)
                        data.Add(kind, to, family.ToString());
                }
            }
            return data;
        }
    }

    /// <remarks>A probe passes with its answer only. log is on the host of web, log2 on the other one.</remarks>
    [Theory]
    [MemberData(nameof(OneWays))]
    public async Task A_one_way_rule_is_one_way(string kind, string to, string familyName)
    {
        var family = Enum.Parse<AddressFamily>(familyName);
        var traffic = kind switch { "tcp" => Tcp(80, Probe.Fresh()), "udp" => Udp(80, Probe.Fresh()), _ => ConnectivityTests.Echo(family) };
        sites.Site.Policy("p/x", ["p/front"], 100, Rule(RuleAction.Allow, sites.Site.End("p/front"), sites.Site.End("p/mgmt")));
        await sites.Site.SettledAsync();
        Assert.Equal(Probe.Passed, Probe.Try(sites.Site, "web", to, traffic, family));
        Assert.Equal("PolicyNoRule", Probe.Try(sites.Site, to, "web", traffic, family));
        Assert.Equal(Probe.Passed, Probe.Try(sites.Site, "web", to, traffic with { SourcePort = Probe.Fresh() }, family));
    }
}
