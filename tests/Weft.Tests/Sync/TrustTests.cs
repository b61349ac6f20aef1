using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Weft.Agent.Control;
using Weft.Agent.Sync;
using Weft.Model.State;
using Weft.Protocol;
using Weft.Server.Enrollment;

namespace Weft.Tests.Sync;

/// <summary>Who is believed, for how long, and what is said to who is not.</summary>
public sealed class TrustTests
{
    [Fact]
    public async Task A_deleted_node_hears_nothing_more_and_may_do_nothing()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await agent.ConnectedAsync();
        await server.Test.Delete(ResourceKey.Node("n1"));
        await agent.FaultAsync("was deleted");
        await server.Test.MadeNetwork("secret", "10.1.0.0/24");

        using var connection = Connect(server, agent.Credentials.Load()!);
        var call = await Assert.ThrowsAsync<RpcException>(() => connection.Agents.ListReservationsAsync(new()).ResponseAsync);
        Assert.Equal(StatusCode.PermissionDenied, call.StatusCode);
        Assert.False(agent.State.Connected);
        Assert.Empty(agent.State.State.Networks);
    }

    [Fact]
    public async Task A_deleted_node_comes_back_with_a_new_token()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await agent.ConnectedAsync();
        await server.Test.Delete(ResourceKey.Node("n1"));
        await agent.FaultAsync("was deleted");
        await agent.StopAsync();
        agent.Options = agent.Options with { Token = server.TokenText(id: "second") };
        agent.Start();
        Assert.Equal(2u, (await agent.ConnectedAsync()).NodeNumber);
    }

    [Fact]
    public async Task Without_a_certificate_there_is_only_joining()
    {
        await using var server = await SyncServer.StartAsync();
        using var authority = server.OpenAuthority();
        using var connection = new ServerConnection(server.Address, authority.Certificate, null);
        var call = await Assert.ThrowsAsync<RpcException>(() => connection.Agents.ListReservationsAsync(new()).ResponseAsync);
        Assert.Equal(StatusCode.Unauthenticated, call.StatusCode);
        using var stream = connection.Agents.Sync();
        var refused = await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        await using var server = await SyncServer.StartAsync();
        using var folder = new TemporaryFolder();
        using var other = CertificateAuthority.Open(folder.Path, TimeProvider.System);
        await server.Test.MadeNode("n1", "192.0.2.1");
        using var connection = Connect(server, Credentials(server, other));
        var call = await Assert.ThrowsAsync<RpcException>(() => connection.Agents.ListReservationsAsync(new()).ResponseAsync);
        Assert.Equal(StatusCode.Unauthenticated, call.StatusCode);
        Assert.Contains("not one that this cluster's authority", call.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_certificate_is_refused_with_what_to_do()
    {
        await using var server = await SyncServer.StartAsync();
        var past = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddYears(-2));
        using var then = server.OpenAuthority(past);
        using var connection = Connect(server, Credentials(server, then));
        var call = await Assert.ThrowsAsync<RpcException>(() => connection.Agents.ListReservationsAsync(new()).ResponseAsync);
        Assert.Equal(StatusCode.Unauthenticated, call.StatusCode);
        Assert.Contains("join again with a new token", call.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_cannot_speak_as_another()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await agent.ConnectedAsync();
        using var authority = server.OpenAuthority();
        // Its name, another key: as after the name was given to another host.
        using var connection = Connect(server, Credentials(server, authority));
        var call = await Assert.ThrowsAsync<RpcException>(() => connection.Agents.ListReservationsAsync(new()).ResponseAsync);
        Assert.Equal(StatusCode.PermissionDenied, call.StatusCode);
        Assert.Contains("belongs to another host", call.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_of_another_cluster_is_not_believed()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await server.Test.MadeNetwork("red", "10.1.0.0/24");
        await agent.AgreesAsync(server.Snapshot);
        await server.DownAsync();
        await using var impostor = await SyncServer.StartAsync(server.Address.Port);
        await agent.FaultAsync("belongs to another cluster");
        Assert.Single(agent.State.State.Networks);
        Assert.True(agent.State.InSync);
        Assert.False(agent.State.Connected);
    }

    [Fact]
    public async Task A_node_that_plays_server_is_not_believed()
    {
        await using var server = await SyncServer.StartAsync();
        using var authority = server.OpenAuthority();
        using var node = Credentials(server, authority).Certificate;
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var playing = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            await using var tls = new System.Net.Security.SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(node);
        });
        var address = new Uri($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        using var connection = new ServerConnection(address, authority.Certificate, null);
        await Assert.ThrowsAsync<RpcException>(() => connection.Enrollment.GetAuthorityAsync(new()).ResponseAsync);
        Assert.NotNull(connection.TrustFault);
        await Record.ExceptionAsync(() => playing.Soon());
    }

    [Fact]
    public async Task A_certificate_in_its_last_third_is_renewed_for_the_same_key()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await agent.ConnectedAsync();
        await agent.StopAsync();
        var joined = agent.Credentials.Load()!;
        var past = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(-300));
        using var then = server.OpenAuthority(past);
        using var key = agent.Credentials.LoadOrMakeKey();
        using var old = then.IssueNode("n1", new PublicKey(key));
        agent.Credentials.Save(joined with { Certificate = old.CopyWithPrivateKey(key) });

        agent.Start();
        await agent.ConnectedAsync();
        var renewed = agent.Credentials.Load()!;
        Assert.True(renewed.Certificate.NotAfter > old.NotAfter.AddDays(290));
        Assert.Equal(Fingerprints.OfKey(joined.Certificate.PublicKey), Fingerprints.OfKey(renewed.Certificate.PublicKey));
        Assert.False(renewed.IsRenewalDue(TimeProvider.System.GetUtcNow()));
    }

    [Fact]
    public async Task A_host_without_token_says_that_it_needs_one()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, null).Start();
        await agent.FaultAsync("give it a join token");
        var failure = await Assert.ThrowsAsync<ControlPlaneException>(() => agent.Calls.ListReservationsAsync(TestContext.Current.CancellationToken));
        Assert.Equal(ControlPlaneError.Unavailable, failure.Error);
        Assert.Contains("give it a join token", failure.Message, StringComparison.Ordinal);
    }

    static NodeCredentials Credentials(SyncServer server, CertificateAuthority authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = authority.IssueNode("n1", new PublicKey(key));
        using var own = server.OpenAuthority();
        return new("n1", 1, "first", issued.CopyWithPrivateKey(key), X509CertificateLoader.LoadCertificate(own.CertificateDer.Span));
    }

    static ServerConnection Connect(SyncServer server, NodeCredentials credentials) =>
        new(server.Address, credentials.Authority, credentials.Certificate);
}
