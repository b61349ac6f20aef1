using System.Net;
using System.Text.Json;
using Weft.Model.Resources;

namespace Weft.Tests.Docker;

/// <summary>Docker's questions for pools and addresses.</summary>
public sealed class IpamCallTests
{
    static Task<Model.State.NodeNetwork> MakeAsync(DriverHost host, params string[] prefixes) => host.Server.CreateNetworkAsync(
        new("default", "frontend", [.. prefixes.Select(prefix => new Subnet { Prefix = IPNetwork.Parse(prefix) })]), default);

    [Fact]
    public async Task A_network_of_Weft_has_its_own_pools_and_gateways()
    {
        await using var host = await DriverHost.StartAsync();
        var network = await MakeAsync(host, "10.1.0.0/24", "fd01::/64");
        var options = $$"""{"weft.network-uid":"{{network.Uid}}"}""";
        Assert.Equal(
            $$$"""{"PoolID":"{{{network.Uid}}}/10.1.0.0/24","Pool":"10.1.0.0/24","Data":{"com.docker.network.gateway":"10.1.0.1/24"}}""",
            await host.CallAsync("IpamDriver.RequestPool",
                $$"""{"AddressSpace":"Weft","Pool":"10.1.0.0/24","SubPool":"","Options":{{options}},"V6":false}"""));
        Assert.Equal(
            $$$"""{"PoolID":"{{{network.Uid}}}/fd01::/64","Pool":"fd01::/64","Data":{"com.docker.network.gateway":"fd01::1/64"}}""",
            await host.CallAsync("IpamDriver.RequestPool",
                $$"""{"AddressSpace":"Weft","Pool":"","SubPool":"","Options":{{options}},"V6":true}"""));
        Assert.Contains("has no 10.2.0.0/24", await host.CallAsync("IpamDriver.RequestPool",
            $$"""{"AddressSpace":"Weft","Pool":"10.2.0.0/24","Options":{{options}},"V6":false}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_are_reserved_and_released_at_the_server_but_not_the_gateway()
    {
        await using var host = await DriverHost.StartAsync();
        var network = await MakeAsync(host, "10.1.0.0/24");
        var pool = $"{network.Uid}/10.1.0.0/24";
        Assert.Equal("""{"Address":"10.1.0.1/24"}""", await host.CallAsync("IpamDriver.RequestAddress",
            $$$"""{"PoolID":"{{{pool}}}","Address":"10.1.0.1","Options":{"RequestAddressType":"com.docker.network.gateway"}}"""));
        Assert.Empty(host.Server.Reserved);
        Assert.Equal("""{"Address":"10.1.0.254/24"}""", await host.CallAsync("IpamDriver.RequestAddress",
            $$"""{"PoolID":"{{pool}}","Address":"","Options":null}"""));
        Assert.Equal("""{"Address":"10.1.0.50/24"}""", await host.CallAsync("IpamDriver.RequestAddress",
            $$$"""{"PoolID":"{{{pool}}}","Address":"10.1.0.50","Options":{}}"""));
        Assert.Equal("""{"Error":"address 10.1.0.50 is taken"}""", await host.CallAsync("IpamDriver.RequestAddress",
            $$$"""{"PoolID":"{{{pool}}}","Address":"10.1.0.50","Options":{}}"""));
        Assert.Equal(2, host.Server.Reserved.Count);
        foreach (var address in (string[])["10.1.0.50", "10.1.0.254", "10.1.0.1"])
            Assert.Equal("{}", await host.CallAsync("IpamDriver.ReleaseAddress", $$"""{"PoolID":"{{pool}}","Address":"{{address}}"}"""));
        Assert.Empty(host.Server.Reserved);
        Assert.DoesNotContain("release 10.1.0.1", host.Server.Calls);
    }

    [Fact]
    public async Task A_second_subnet_takes_over_when_the_first_is_full()
    {
        await using var host = await DriverHost.StartAsync();
        var network = await MakeAsync(host, "10.1.0.0/30", "10.2.0.0/24");
        var body = $$$"""{"PoolID":"{{{network.Uid}}}/10.1.0.0/30","Address":"","Options":{}}""";
        Assert.Equal("""{"Address":"10.1.0.2/30"}""", await host.CallAsync("IpamDriver.RequestAddress", body));
        Assert.Equal("""{"Address":"10.2.0.254/24"}""", await host.CallAsync("IpamDriver.RequestAddress", body));
    }

    [Fact]
    public async Task A_pool_for_a_network_without_a_name_becomes_that_of_the_network()
    {
        await using var host = await DriverHost.StartAsync();
        using var answer = JsonDocument.Parse(await host.CallAsync("IpamDriver.RequestPool",
            """{"AddressSpace":"Weft","Pool":"","SubPool":"","Options":{},"V6":false}"""));
        var (id, prefix) = (answer.RootElement.GetProperty("PoolID").GetString(), answer.RootElement.GetProperty("Pool").GetString());
        Assert.Equal("10.192.0.0/24", prefix);
        await host.CallAsync("NetworkDriver.CreateNetwork", $$$"""
            {"NetworkID":"{{{MemoryEngine.IdOf("gold")}}}","Options":{"com.docker.network.generic":{}},
            "IPv4Data":[{"AddressSpace":"Weft","Gateway":"10.192.0.1/24","Pool":"10.192.0.0/24"}],"IPv6Data":[]}
            """);
        host.Engine.Add("gold", "weft", "weft", prefix!);
        // At once: the address waits for the link.
        Assert.Equal("""{"Address":"10.192.0.254/24"}""", await host.CallAsync("IpamDriver.RequestAddress",
            $$"""{"PoolID":"{{id}}","Address":"","Options":null}"""));
        Assert.Equal("gold", Assert.Single(host.Server.State.Networks.Values).Name);
        Assert.Single(host.Server.Reserved);
        using var next = JsonDocument.Parse(await host.CallAsync("IpamDriver.RequestPool",
            """{"AddressSpace":"Weft","Pool":"","SubPool":"","Options":{},"V6":false}"""));
        Assert.Equal("10.192.1.0/24", next.RootElement.GetProperty("Pool").GetString());
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task A_pool_that_is_not_ours_is_refused(string pool)
    {
        await using var host = await DriverHost.StartAsync();
        Assert.Equal($$"""{"Error":"'{{pool}}' is not a pool of Weft"}""".Replace("'", "\\u0027", StringComparison.Ordinal),
            await host.CallAsync("IpamDriver.RequestAddress", $$$"""{"PoolID":"{{{pool}}}","Address":"","Options":{}}"""));
    }
}
