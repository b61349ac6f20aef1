using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Weft.Model.Proxying;
using Weft.Model.Resources;
using Weft.Tests.Sync;

namespace Weft.Tests.Proxy;

/// <summary>TLS towards clients and towards members.</summary>
public sealed class TlsTests
{
    const ushort Port = 8443;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static async Task<string> ShownAsync(ProxyHost proxy, string name, string? file = null)
    {
        using var socket = await proxy.ConnectAsync(Port, Cancel);
        await using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsClientAsync(
            new() { TargetHost = name, RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null }, Cancel);
        return tls.RemoteCertificate!.Subject + file;
    }

    [Theory]
    [InlineData("a.test", "CN=a.test")]
    [InlineData("A.TEST", "CN=a.test")]
    [InlineData("b.test", "CN=b.test")]
    [InlineData("x.b.test", "CN=b.test")]
    [InlineData("y.x.b.test", "CN=a.test")]
    [InlineData("nobody.test", "CN=a.test")]
    public async Task The_name_asked_for_chooses_the_certificate(string name, string subject)
    {
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration(
            [ProxyHost.Https(Port, null, TestCertificate.Of("a.test"), TestCertificate.Of("b.test", "*.b.test"))]));

        Assert.Equal(subject, await ShownAsync(proxy, name));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Tls_ends_here_with_both_versions_of_http(string version)
    {
        await using var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration(
            [ProxyHost.Https(Port, "web", TestCertificate.Of("shop.test"))], ProxyHost.Pool("web", member.Member())));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://shop.test:{Port}/")
        {
            Version = new(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        var answer = await proxy.Client(Port).SendAsync(request, Cancel);

        Assert.Equal(new(version), answer.Version);
        Assert.Contains("x-forwarded-proto: https\n", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_in_a_file_is_read_again_and_a_bad_one_leaves_the_last()
    {
        await using var proxy = new ProxyHost();
        void Save(string chain, string key)
        {
            File.WriteAllText(proxy["chain.pem"], chain);
            File.WriteAllText(proxy["key.pem"], key);
        }
        var first = TestCertificate.Of("first.test");
        var second = TestCertificate.Of("second.test");
        Save(first.Chain, first.Key);
        var listener = ProxyHost.Https(Port, null) with
        {
            Http = new() { CertificateFiles = [new() { Chain = proxy["chain.pem"], Key = proxy["key.pem"] }] },
        };
        await proxy.PutAsync(proxy.Configuration([listener]));
        Assert.Equal("CN=first.test", await ShownAsync(proxy, "x"));

        Save(second.Chain, first.Key);
        await Patience.UntilAsync(() => proxy.Status()!.State == ProxyStatus.Error, "the fault being told");
        Assert.Contains("not the one of the certificate", proxy.Status()!.Message, StringComparison.Ordinal);
        Assert.Equal("CN=first.test", await ShownAsync(proxy, "x"));

        Save(second.Chain, second.Key);
        await Patience.UntilAsync(() => proxy.Status()!.State == ProxyStatus.Active, "the fault being gone");
        Assert.Equal("CN=second.test", await ShownAsync(proxy, "x"));
    }

    [Fact]
    public async Task A_key_of_another_certificate_leaves_the_last_configuration_in_force()
    {
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Https(Port, null, TestCertificate.Of("good.test"))]));
        var bad = TestCertificate.Of("bad.test") with { Key = TestCertificate.Of("other.test").Key };

        await proxy.PutAsync(proxy.Configuration([ProxyHost.Https(Port, null, bad)]), ProxyStatus.Error);

        Assert.Equal(
            $"listener https-{Port}: certificate c0: the private key is not the one of the certificate", proxy.Status()!.Message);
        Assert.Equal("CN=good.test", await ShownAsync(proxy, "good.test"));
    }

    [Fact]
    public async Task A_new_certificate_is_shown_to_new_connections_while_old_ones_go_on()
    {
        await using var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        var pool = ProxyHost.Pool("web", member.Member());
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Https(Port, "web", TestCertificate.Of("shop.test"))], pool));
        var client = proxy.Client(Port);
        var pending = client.GetAsync($"https://shop.test:{Port}/wait", Cancel);
        await Patience.UntilAsync(() => !member.Waiting.IsEmpty, "the request being there");

        await proxy.PutAsync(proxy.Configuration([ProxyHost.Https(Port, "web", TestCertificate.Of("new.test", "shop.test"))], pool));
        await Patience.UntilAsync(async () => await ShownAsync(proxy, "new.test") == "CN=new.test", "the new one");
        member.Release();

        Assert.Equal(HttpStatusCode.OK, (await pending.Soon()).StatusCode);
    }

    public static TheoryData<string, bool, bool, string?, HttpStatusCode> Members => new()
    {
        // protocol, CA given, verified, name asked for
        { HttpPool.Https, true, true, null, HttpStatusCode.OK },
        { HttpPool.Https, true, true, "member.test", HttpStatusCode.OK },
        { HttpPool.Https, true, true, "other.test", HttpStatusCode.BadGateway },
        { HttpPool.Https, false, true, "member.test", HttpStatusCode.BadGateway },
        { HttpPool.Https, false, false, null, HttpStatusCode.OK },
        { HttpPool.H2, true, true, "member.test", HttpStatusCode.OK },
    };

    [Theory]
    [MemberData(nameof(Members))]
    public async Task Requests_are_encrypted_again_towards_members(
        string protocol, bool ca, bool verify, string? name, HttpStatusCode expected)
    {
        await using var member = await Backend.StartAsync("a", HttpProtocols.Http1AndHttp2, TestCertificate.Of("member.test"));
        await using var proxy = new ProxyHost();
        var pool = ProxyHost.Pool("web", member.Member()) with
        {
            Http = new()
            {
                Protocol = protocol,
                Tls = new() { Verify = verify, Ca = ca ? TestCertificate.Authority.Chain : null, ServerName = name },
            },
        };
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, "web")], pool));

        var answer = await proxy.Client(Port).GetAsync("/", Cancel);

        Assert.Equal(expected, answer.StatusCode);
        if (expected == HttpStatusCode.OK)
            Assert.Contains(protocol == HttpPool.H2 ? "HTTP/2\n" : "HTTP/1.1\n", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_of_another_authority_gets_nothing()
    {
        var foreign = TestCertificate.Signed(TestCertificate.MakeAuthority("others"), "member.test");
        await using var member = await Backend.StartAsync("a", HttpProtocols.Http1, foreign);
        await using var proxy = new ProxyHost();
        var pool = ProxyHost.Pool("web", member.Member()) with
        {
            Http = new() { Protocol = HttpPool.Https, Tls = new() { Ca = TestCertificate.Authority.Chain } },
        };
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, "web")], pool));

        Assert.Equal(HttpStatusCode.BadGateway, (await proxy.Client(Port).GetAsync("/", Cancel)).StatusCode);
        Assert.Equal(0, member.Hits);
    }
}
