using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Weft.Docker.Publishing;
using Weft.Docker.State;
using Weft.Linux;

namespace Weft.Tests.Docker;

/// <summary>What <c>docker run -p</c> comes to.</summary>
public sealed class PublishedPortTests
{
    static readonly string Endpoint = new('e', 64);

    [Fact]
    public async Task A_published_port_is_told_once_though_docker_gives_it_for_each_family()
    {
        await using var host = await StartAsync();
        var port = FreePort();
        Assert.Equal("{}", await PublishAsync(host, $"{Binding(port, "0.0.0.0")},{Binding(port, "::")}"));
        Assert.Contains($"publish [{port}:80/6]", host.Server.Calls);
        Assert.Equal(port, Assert.Single(Assert.Single(host.Get<DockerState>().Endpoints.All.Values).Published).Ports.First);
    }

    [Fact]
    public async Task A_port_that_a_process_of_the_host_has_is_refused_by_name()
    {
        await using var host = await StartAsync();
        using var process = new TcpListener(IPAddress.Loopback, 0);
        process.Start();
        var port = ((IPEndPoint)process.LocalEndpoint).Port;
        Assert.Contains($"tcp port {port} of this host is in use", await PublishAsync(host, Binding(port)), StringComparison.Ordinal);
        Assert.DoesNotContain(host.Server.Calls, call => call.StartsWith("publish", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_published_nobody_else_on_the_host_can_listen_on_until_the_container_is_gone()
    {
        await using var host = await StartAsync();
        var port = FreePort();
        await PublishAsync(host, Binding(port));
        Assert.Throws<SocketException>(() => Listen(port).Dispose());
        await host.CallAsync("NetworkDriver.DeleteEndpoint", $$"""{"NetworkID":"{{Network}}","EndpointID":"{{Endpoint}}"}""");
        Listen(port).Dispose();
    }

    [Fact]
    public async Task A_port_of_any_number_gets_a_free_one()
    {
        await using var host = await StartAsync();
        Assert.Equal("{}", await PublishAsync(host, Binding(0)));
        Assert.InRange(
            Assert.Single(Assert.Single(host.Get<DockerState>().Endpoints.All.Values).Published).Ports.First, (ushort)49153, ushort.MaxValue);
    }

    [Fact]
    public async Task One_address_of_the_host_alone_cannot_be_published_on()
    {
        await using var host = await StartAsync();
        Assert.Contains("leave the address out", await PublishAsync(host, Binding(FreePort(), "127.0.0.1")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whose_a_port_is_may_be_learned_while_it_is_published()
    {
        await using var host = await StartAsync();
        var publishing = new TaskCompletionSource();
        host.Server.Publishing = publishing.Task;
        var answer = PublishAsync(host, Binding(FreePort()));
        host.Get<DockerState>().Endpoints.Change(Endpoint, known => known with { Container = "c1" });
        publishing.SetResult();
        Assert.Equal("{}", await answer);
        var endpoint = Assert.Single(host.Get<DockerState>().Endpoints.All.Values);
        Assert.Equal(("c1", 1), (endpoint.Container, endpoint.Published.Length));
    }

    [Fact]
    public async Task A_server_that_says_no_leaves_the_port_to_the_host()
    {
        await using var host = await StartAsync();
        var port = FreePort();
        host.Server.IsAway = true;
        Assert.Contains("does not answer", await PublishAsync(host, Binding(port)), StringComparison.Ordinal);
        Listen(port).Dispose();
    }

    [Fact]
    public async Task A_new_agent_takes_the_ports_of_the_last_again()
    {
        var first = await StartAsync();
        var port = FreePort();
        await PublishAsync(first, Binding(port));
        var state = Directory.CreateTempSubdirectory("weft-published-").FullName;
        CopyState(first.Folder, state);
        await first.DisposeAsync();
        try
        {
            await using var second = await DriverHost.StartAsync(state, first.Server, new MemoryEngine());
            Assert.Throws<SocketException>(() => Listen(port).Dispose());
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    [Fact]
    public async Task Without_ports_there_is_nothing_to_publish()
    {
        await using var host = await StartAsync();
        Assert.Equal("{}", await PublishAsync(host, ""));
        Assert.DoesNotContain(host.Server.Calls, call => call.StartsWith("publish", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_of_the_host_reaches_the_container_at_the_published_port()
    {
        using var container = new TcpListener(IPAddress.Loopback, 0);
        container.Start();
        using var port = HostPort.Take(6, FreePort());
        var forwarder = new HostForwarder((_, _) => Task.FromResult<NetNs?>(NetNs.OpenCurrent()), NullLogger<HostForwarder>.Instance);
        var running = port.Listeners
            .Select(listener => forwarder.RunAsync(listener, Endpoint, (IPEndPoint)container.LocalEndpoint)).ToList();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port.Number, TestContext.Current.CancellationToken);
        using var server = await container.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync("hello"u8.ToArray(), TestContext.Current.CancellationToken);
        client.Client.Shutdown(SocketShutdown.Send);
        using var reader = new StreamReader(server.GetStream());
        Assert.Equal("hello", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        server.Close();
        Assert.Equal(0, await stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken));
        port.Dispose();
        await Task.WhenAll(running).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    static readonly string Network = MemoryEngine.IdOf("frontend");

    static async Task<DriverHost> StartAsync()
    {
        var host = await DriverHost.StartAsync();
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        await host.CreateEndpointAsync(network, Endpoint, "172.18.0.2/16");
        return host;
    }

    static Task<string> PublishAsync(DriverHost host, string bindings) => host.CallAsync("NetworkDriver.ProgramExternalConnectivity",
        $$$"""{"NetworkID":"{{{Network}}}","EndpointID":"{{{Endpoint}}}","Options":{"com.docker.network.portmap":[{{{bindings}}}]}}""");

    static string Binding(int port, string address = "") =>
        $$"""{"Proto":6,"IP":"","Port":80,"HostIP":"{{address}}","HostPort":{{port}},"HostPortEnd":{{port}}}""";

    static ushort FreePort()
    {
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        return (ushort)((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static Socket Listen(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        socket.Listen();
        return socket;
    }

    static void CopyState(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(from, "state"), "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
