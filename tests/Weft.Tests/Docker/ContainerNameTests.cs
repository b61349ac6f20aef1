using System.Collections.Immutable;
using System.Net;
using Weft.Docker.Engine;

namespace Weft.Tests.Docker;

/// <summary>A port is called like its container, and the container asks for names where Weft answers.</summary>
public sealed class ContainerNameTests
{
    const string Endpoint = "c73adb5eb95ceaab939798bb55167e93b8000a8eb1cd9fc323fceb095c396d1e";
    const string ByDocker = "nameserver 127.0.0.11\noptions ndots:0\n";
    const string ByWeft = "# Names are asked at the gateway of Weft's network; they were at 127.0.0.11.\nnameserver 172.18.0.1\noptions ndots:0\n";

    [Fact]
    public async Task Names_and_aliases_are_learnt_after_the_join()
    {
        await using var host = await DriverHost.StartAsync();
        await JoinAsync(host, "My_Web.1", ["www", "0b86ffba960d"]);
        await DriverHost.EventuallyAsync(() => host.Server.State.Ports.Values.Single().Aliases.Contains("www"));
        var port = Assert.Single(host.Server.State.Ports.Values);
        Assert.Equal("my-web-1", port.Name);
        Assert.Equal(["0b86ffba960d", "my_web.1", "www"], port.Aliases.Order(StringComparer.Ordinal));
        Assert.Equal($"container {MemoryEngine.IdOf("My_Web.1")[..12]}", port.Device);
    }

    [Fact]
    public async Task A_name_that_another_host_uses_becomes_an_alias()
    {
        await using var host = await DriverHost.StartAsync();
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        await host.Server.CreatePortAsync(new() { Network = Assert.Single(host.Server.State.Networks).Key, Name = "web" }, default);
        await JoinAsync(host, "web", [], network);
        await DriverHost.EventuallyAsync(() => host.Server.State.Ports.Values.Any(port => port.Name == "web-2" && port.Aliases.Contains("web")));
    }

    [Theory]
    [InlineData(20, "nameserver 192.0.2.53\n", "", ByDocker)]
    [InlineData(28, "nameserver 192.0.2.53\n", "", ByWeft)]
    [InlineData(20, "nameserver 127.0.0.53\n", "", ByWeft)]
    [InlineData(28, "nameserver 192.0.2.53\n", """{"Dns":[]}""", ByWeft)]
    [InlineData(28, "nameserver 192.0.2.53\n", """{"Dns":["192.0.2.1"]}""", ByDocker)]
    public async Task Containers_ask_at_the_gateway_where_Docker_would_ask_around_Weft(
        int version, string hostResolvers, string hostConfig, string expected)
    {
        await using var host = await DriverHost.StartAsync();
        host.Engine.Version = version;
        await File.WriteAllTextAsync(Path.Combine(host.Folder, "resolv.conf"), hostResolvers, TestContext.Current.CancellationToken);
        var file = await JoinAsync(host, "web", [], hostConfig: hostConfig);
        var settled = "update port to web with [www]";
        host.Engine.Containers[MemoryEngine.IdOf("web")] = Container("web", ["www"], MemoryEngine.IdOf("frontend"));
        await DriverHost.EventuallyAsync(() => host.Server.Calls.Contains(settled) && ReadSettled(file) == expected);
    }

    [Fact]
    public async Task A_container_in_a_network_that_only_Docker_knows_keeps_Docker_s_resolver()
    {
        await using var host = await DriverHost.StartAsync();
        host.Engine.Version = 28;
        var file = await JoinAsync(host, "web", ["www"]);
        await DriverHost.EventuallyAsync(() => ReadSettled(file) == ByWeft);
        var container = host.Engine.Containers[MemoryEngine.IdOf("web")];
        host.Engine.Containers[container.Id] = container with
        {
            Attachments = container.Attachments.Add("shop", new(MemoryEngine.IdOf("shop"), "ff", [])),
        };
        host.Get<Weft.Docker.Endpoints.EndpointNamer>().NameAgain(container.Id);
        await DriverHost.EventuallyAsync(() => ReadSettled(file) == ByDocker);
    }

    [Fact]
    public async Task Docker_s_resolver_is_back_when_the_container_leaves_the_network()
    {
        await using var host = await DriverHost.StartAsync();
        host.Engine.Version = 28;
        var file = await JoinAsync(host, "web", []);
        await DriverHost.EventuallyAsync(() => ReadSettled(file) == ByWeft);
        await host.CallAsync("NetworkDriver.Leave", $$"""{"NetworkID":"{{MemoryEngine.IdOf("frontend")}}","EndpointID":"{{Endpoint}}"}""");
        Assert.Equal(ByDocker, ReadSettled(file));
    }

    /// <summary>As Docker does it: the endpoint, the container's files, the join, then its place in the network.</summary>
    /// <returns>The container's resolv.conf.</returns>
    static async Task<string> JoinAsync(
        DriverHost host, string container, ImmutableArray<string> aliases, string? network = null, string hostConfig = "{}")
    {
        network ??= await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        await host.CreateEndpointAsync(network, Endpoint, "172.18.0.2/16");
        var id = MemoryEngine.IdOf(container);
        var folder = Directory.CreateDirectory(Path.Combine(host.Engine.Root, "containers", id)).FullName;
        var file = Path.Combine(folder, "resolv.conf");
        await File.WriteAllTextAsync(Path.Combine(folder, "hostconfig.json"), hostConfig.Length > 0 ? hostConfig : "{}", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(file, "nameserver 192.0.2.53\n", TestContext.Current.CancellationToken);
        host.Engine.Containers[id] = Container(container, aliases, network);
        await host.CallAsync("NetworkDriver.Join", $$"""{"NetworkID":"{{network}}","EndpointID":"{{Endpoint}}","SandboxKey":"/x"}""");
        host.Engine.Attach(network, new(Endpoint, id, container, [IPAddress.Parse("172.18.0.2")]));
        await File.WriteAllTextAsync(file, ByDocker, TestContext.Current.CancellationToken);
        return file;
    }

    static EngineContainer Container(string name, ImmutableArray<string> aliases, string network) => new(
        MemoryEngine.IdOf(name), name, ImmutableDictionary<string, string>.Empty,
        ImmutableDictionary<string, EngineAttachment>.Empty.Add("frontend", new(network, Endpoint, aliases)));

    /// <summary>Empty while it is being written.</summary>
    static string ReadSettled(string file) => File.ReadAllText(file);
}
