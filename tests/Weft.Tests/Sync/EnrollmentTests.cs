using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Weft.Agent.Sync;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;
using Weft.Server.Enrollment;
using Weft.Tests.Server;

namespace Weft.Tests.Sync;

public sealed class EnrollmentTests
{
    static readonly FabricEndpoint Fabric = new(IPAddress.Parse("192.0.2.7"), 1450);

    [Fact]
    public async Task A_host_with_the_right_token_becomes_a_node()
    {
        await using var server = await SyncServer.StartAsync();
        using var folder = new TemporaryFolder();
        var credentials = await Join(folder, server.Address, server.TokenText(), "host-a");

        var node = server.Snapshot.Find<Node>(ResourceKey.Node("host-a"))!;
        Assert.Equal((1u, 1u), (node.Number, credentials.NodeNumber));
        Assert.Equal((Fabric.Address, 1450), (node.FabricAddress, node.FabricMtu));
        Assert.Equal(Fingerprints.OfKey(credentials.Certificate.PublicKey), node.Key);
        Assert.Equal("CN=host-a", credentials.Certificate.Subject);
        Assert.InRange(credentials.Certificate.NotAfter.ToUniversalTime(), TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(364), TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(366));
    }

    [Fact]
    public async Task Secrets_are_readable_by_their_owner_only()
    {
        await using var server = await SyncServer.StartAsync();
        using var folder = new TemporaryFolder();
        await Join(folder, server.Address, server.TokenText());
        var files = Directory.GetFiles(folder.Path).Concat(Directory.GetFiles(server.AuthorityFolder)).ToList();
        Assert.Equal(3, files.Count);
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task What_was_kept_is_what_was_given()
    {
        await using var server = await SyncServer.StartAsync();
        using var folder = new TemporaryFolder();
        Assert.Null(new CredentialStore(folder.Path).Load());
        var given = await Join(folder, server.Address, server.TokenText());
        var kept = new CredentialStore(folder.Path).Load()!;
        Assert.Equal(given.Certificate.RawData, kept.Certificate.RawData);
        Assert.True(kept.Certificate.HasPrivateKey);
        Assert.Equal(given.Fingerprint, kept.Fingerprint);
        Assert.Equal("first", kept.TokenId);
    }

    [Fact]
    public async Task A_wrong_secret_is_refused()
    {
        await using var server = await SyncServer.StartAsync();
        await AssertRefused(server, server.TokenText("wrong"), "host-a", "unknown, wrong or expired");
    }

    [Fact]
    public async Task A_token_of_another_cluster_never_leaves_the_host()
    {
        await using var server = await SyncServer.StartAsync();
        var foreign = new JoinToken("first", "right", Fingerprints.OfCertificate([1, 2, 3])).ToString();
        await AssertRefused(server, foreign, "host-a", "of another cluster");
        Assert.Empty(server.Shown);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Host A")]
    [InlineData("../etc")]
    public async Task A_name_that_is_none_is_refused(string name)
    {
        await using var server = await SyncServer.StartAsync();
        await AssertRefused(server, server.TokenText(), name, "the node's name");
    }

    [Fact]
    public async Task A_name_stays_with_the_key_that_took_it_until_the_node_is_deleted()
    {
        await using var server = await SyncServer.StartAsync();
        using var first = new TemporaryFolder();
        using var second = new TemporaryFolder();
        await Join(first, server.Address, server.TokenText());
        var refused = await Assert.ThrowsAsync<EnrollmentException>(() => Join(second, server.Address, server.TokenText()));
        Assert.Contains("belongs to another host", refused.Message, StringComparison.Ordinal);
        Assert.False(refused.MayPass);

        await server.Test.Delete(ResourceKey.Node("n1"));
        await Join(second, server.Address, server.TokenText());
        await Assert.ThrowsAsync<EnrollmentException>(() => Join(first, server.Address, server.TokenText()));
    }

    [Fact]
    public async Task A_host_that_joins_again_with_its_key_stays_the_same_node()
    {
        await using var server = await SyncServer.StartAsync();
        using var folder = new TemporaryFolder();
        var before = await Join(folder, server.Address, server.TokenText());
        File.Delete(folder["credentials.json"]);
        var again = await Join(folder, server.Address, server.TokenText());
        Assert.Equal(before.NodeNumber, again.NodeNumber);
        Assert.Equal(before.Certificate.PublicKey.ExportSubjectPublicKeyInfo(), again.Certificate.PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task Hosts_that_join_at_once_get_numbers_of_their_own()
    {
        await using var server = await SyncServer.StartAsync();
        var token = server.TokenText();
        var numbers = await Task.WhenAll(Enumerable.Range(1, 8).Select(async i =>
        {
            using var folder = new TemporaryFolder();
            var joined = await new Enroller(new(folder.Path), TimeProvider.System).JoinAsync(
                server.Address, token, $"h{i}", new(new IPAddress([192, 0, 2, (byte)i]), 1500), TestCluster.Token);
            return joined.NodeNumber;
        }));
        Assert.Equal(8, numbers.Distinct().Count());
    }

    [Fact]
    public async Task Only_one_of_two_hosts_that_take_a_name_at_once_gets_it()
    {
        await using var server = await SyncServer.StartAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using var folder = new TemporaryFolder();
            return await Record.ExceptionAsync(() => Join(folder, server.Address, server.TokenText()));
        }));
        Assert.Single(outcomes, outcome => outcome is null);
        Assert.All(outcomes.Where(outcome => outcome is not null), outcome => Assert.IsType<EnrollmentException>(outcome));
    }

    [Fact]
    public async Task No_server_is_something_that_may_pass()
    {
        using var folder = new TemporaryFolder();
        var token = new JoinToken("a", "b", Fingerprints.OfCertificate([])).ToString();
        // Port 1 of loopback: nobody listens there.
        var refused = await Assert.ThrowsAsync<EnrollmentException>(() => Join(folder, new("https://127.0.0.1:1"), token));
        Assert.True(refused.MayPass);
        Assert.Contains("does not answer", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_join_token_is_said_to_be_none()
    {
        using var folder = new TemporaryFolder();
        var refused = await Assert.ThrowsAsync<EnrollmentException>(() => Join(folder, new("https://127.0.0.1:1"), "weft1.name.secret"));
        Assert.Contains("not a join token", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_does_not_trust_a_host_to_check_its_name()
    {
        await using var server = await SyncServer.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var refused = await JoinRaw(server, NodeCredentials.MakeRequest("Host A", key), "Host A");
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Equal("node_name", Assert.Single(FaultTrailer.Read(refused)).Path);
    }

    public static TheoryData<string> BadRequests => ["empty", "garbage", "rsa", "p384", "signature"];

    [Theory]
    [MemberData(nameof(BadRequests))]
    public async Task A_bad_certificate_request_is_refused(string kind)
    {
        await using var server = await SyncServer.StartAsync();
        var refused = await JoinRaw(server, BadRequest(kind), "n1");
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Equal("certificate_request", Assert.Single(FaultTrailer.Read(refused)).Path);
        Assert.Null(server.Snapshot.Find<Node>(ResourceKey.Node("n1")));
    }

    static async Task<RpcException> JoinRaw(SyncServer server, byte[] certificateRequest, string name)
    {
        using var authority = server.OpenAuthority();
        using var trusted = X509CertificateLoader.LoadCertificate(authority.CertificateDer.Span);
        using var connection = new ServerConnection(server.Address, trusted, null);
        var request = new JoinRequest
        {
            Token = server.TokenText(),
            NodeName = name,
            CertificateRequest = ByteString.CopyFrom(certificateRequest),
            FabricAddress = WireBytes.Of(Fabric.Address),
        };
        return await Assert.ThrowsAsync<RpcException>(() => connection.Enrollment.JoinAsync(request).ResponseAsync);
    }

    static byte[] BadRequest(string kind)
    {
        switch (kind)
        {
            case "empty":
                return [];
            case "garbage":
                return [.. Enumerable.Repeat((byte)0x30, 200)];
            case "rsa":
                using (var rsa = RSA.Create(2048))
                    return new CertificateRequest("CN=n1", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest();
            case "p384":
                using (var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384))
                    return NodeCredentials.MakeRequest("n1", p384);
            default:
                using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                {
                    var request = NodeCredentials.MakeRequest("n1", key);
                    request[^3] ^= 1;
                    return request;
                }
        }
    }

    [Fact]
    public void An_authority_that_was_made_is_the_same_after_a_restart()
    {
        using var folder = new TemporaryFolder();
        using var made = CertificateAuthority.Open(folder.Path, TimeProvider.System);
        using var opened = CertificateAuthority.Open(folder.Path, TimeProvider.System);
        Assert.Equal(made.Fingerprint, opened.Fingerprint);
        using var certificate = opened.IssueServer([], [], TimeSpan.FromDays(1));
        Assert.True(certificate.MatchesHostname(Fingerprints.ServerName));
    }

    [Fact]
    public void A_damaged_authority_is_an_error_and_not_a_new_one()
    {
        using var folder = new TemporaryFolder();
        CertificateAuthority.Open(folder.Path, TimeProvider.System).Dispose();
        File.WriteAllText(folder["authority.pem"], "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        Assert.ThrowsAny<Exception>(() => CertificateAuthority.Open(folder.Path, TimeProvider.System));
    }

    [Fact]
    public void The_server_certificate_is_renewed_when_two_thirds_of_its_life_have_passed()
    {
        using var folder = new TemporaryFolder();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var authority = CertificateAuthority.Open(folder.Path, time);
        var certificate = new ServerCertificate(authority, new() { Names = ["weft.example"] }, time);
        var first = certificate.Current;
        Assert.True(first.MatchesHostname("weft.example"));
        time.Advance(TimeSpan.FromDays(59));
        Assert.Same(first, certificate.Current);
        time.Advance(TimeSpan.FromDays(2));
        Assert.NotSame(first, certificate.Current);
        Assert.True(certificate.Current.NotAfter > first.NotAfter);
    }

    static Task<NodeCredentials> Join(TemporaryFolder folder, Uri server, string token, string name = "n1") =>
        new Enroller(new(folder.Path), TimeProvider.System).JoinAsync(server, token, name, Fabric, TestCluster.Token);

    static async Task AssertRefused(SyncServer server, string token, string name, string part)
    {
        using var folder = new TemporaryFolder();
        var refused = await Assert.ThrowsAsync<EnrollmentException>(() => Join(folder, server.Address, token, name));
        Assert.Contains(part, refused.Message, StringComparison.Ordinal);
        Assert.False(refused.MayPass);
        Assert.Empty(server.Snapshot.All<Node>());
        Assert.Null(new CredentialStore(folder.Path).Load());
    }
}
