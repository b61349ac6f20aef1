using System.Net;
using Weft.Docker;
using Weft.Docker.Networks;
using Weft.Model.Resources;

namespace Weft.Tests.Docker;

/// <summary>Names, options and prefixes of Docker in the terms of Weft.</summary>
public sealed class DockerWordsTests
{
    [Theory]
    [InlineData("frontend", null, "default", "frontend")]
    [InlineData("shop_default", null, "default", "shop-default")]
    [InlineData("red.frontend", null, "red", "frontend")]
    [InlineData("red.frontend", "blue", "blue", "red-frontend")]
    [InlineData(".hidden", null, "default", "hidden")]
    [InlineData("Big_Name.", null, "default", "big-name")]
    public void A_network_of_Docker_has_a_project_and_a_name(string docker, string? project, string expectedProject, string name) =>
        Assert.Equal((expectedProject, name), DockerNames.ForWeft(docker, project, "default"));

    [Theory]
    [InlineData("10.1.0.0/24", null, "10.1.0.128-10.1.0.254")]
    [InlineData("10.1.0.0/30", null, "10.1.0.2-10.1.0.2")]
    [InlineData("10.1.0.0/31", null, "")]
    [InlineData("10.1.0.0/24", "10.1.0.128/25", "10.1.0.1-10.1.0.127")]
    [InlineData("10.1.0.0/24", "10.1.0.64/26", "10.1.0.1-10.1.0.63 10.1.0.128-10.1.0.254")]
    [InlineData("10.1.0.0/24", "10.1.0.0/24", "")]
    [InlineData("fd00::/64", null, "fd00::8000:0:0:0-fd00::ffff:ffff:ffff:fffe")]
    public void Others_take_addresses_where_Docker_does_not(string prefix, string? range, string pools)
    {
        var subnet = DockerSubnets.BesideDocker(
            new Subnet { Prefix = IPNetwork.Parse(prefix) }, range is null ? null : IPNetwork.Parse(range));
        Assert.Equal(pools, string.Join(' ', (subnet.Pools ?? []).Select(pool => $"{pool.Start}-{pool.End}")));
    }

    [Theory]
    [InlineData("weft.project", "Not A Name")]
    [InlineData("weft.network", "-x")]
    [InlineData("weft.network-uid", "7")]
    [InlineData("com.docker.network.driver.mtu", "100")]
    [InlineData("com.docker.network.driver.mtu", "many")]
    [InlineData("weft.", "")]
    public void A_wrong_option_is_named(string name, string value)
    {
        var wrong = Assert.Throws<DriverException>(() => NetworkOptions.Of(new Dictionary<string, string> { [name] = value }));
        Assert.Contains(name, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_other_drivers_are_carried_along() =>
        Assert.Equal(new NetworkOptions(Mtu: 1400), NetworkOptions.Of(
            new Dictionary<string, string> { ["com.docker.network.bridge.name"] = "br7", ["com.docker.network.driver.mtu"] = "1400" }));
}
