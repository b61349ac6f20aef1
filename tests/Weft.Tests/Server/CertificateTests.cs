using System.Net;
using System.Text.Json.Nodes;
using Weft.Cli;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Tests.Cli;
using Weft.Tests.Proxy;

namespace Weft.Tests.Server;

/// <summary>Certificates go in with their key; the key never comes out.</summary>
public sealed class CertificateTests : IAsyncLifetime
{
    const string Path = "/api/v1/certificates";

    static readonly ResourceKey Shop = ResourceKey.Certificate("default", "shop");

    TestServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync();
        await server.Post("/api/v1/networks", """{"name": "front", "subnets": [{"prefix": "10.1.0.0/24"}]}""");
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    static string Document(string chain, string? key)
    {
        var document = new JsonObject { ["name"] = "shop", ["chain"] = chain };
        if (key is not null)
            document["privateKey"] = key;
        return document.ToJsonString();
    }

    string? StoredKey => server.Cluster.Current.Find<Certificate>(Shop)?.PrivateKey;

    [Fact]
    public async Task What_it_is_is_told_back_and_the_key_is_not()
    {
        var given = TestCertificate.Of("shop.test", "*.shop.test");
        var made = await server.Post(Path, Document(given.Chain, given.Key));

        Assert.Equal("CN=shop.test", (string?)made["subject"]);
        Assert.Equal(["shop.test", "*.shop.test"], made["names"]!.AsArray().Select(name => (string?)name));
        Assert.Equal(given.Certificate.NotAfter.ToUniversalTime(), ((DateTimeOffset)made["notAfter"]!).UtcDateTime);
        Assert.Equal(
            given.Certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256), (string?)made["fingerprint"],
            ignoreCase: true);
        Assert.Equal(given.Key, StoredKey);
        var shown = new List<string>
        {
            made.ToJsonString(),
            (await server.Get($"{Path}/shop")).ToJsonString(),
            (await server.Get(Path)).ToJsonString(),
            server.Cluster.Current.Find<Certificate>(Shop)!.ToString(),
            await WatchedAsync($"{Path}?watch=true", 1),
            await WatchedAsync($"{Path}?watch=true&revision=0", 1), // from the store's log
            (await server.Send(HttpMethod.Delete, $"{Path}/shop")).Body.ToJsonString(),
        };
        Assert.All(shown, text => Assert.DoesNotContain("PRIVATE", text, StringComparison.OrdinalIgnoreCase));
        Assert.Contains("BEGIN CERTIFICATE", shown[^3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_that_was_read_can_be_written_again_and_keeps_the_key()
    {
        var given = TestCertificate.Of("shop.test");
        await server.Post(Path, Document(given.Chain, given.Key));
        var read = await server.Get($"{Path}/shop");
        read["labels"] = new JsonObject { ["tier"] = "web" };

        var (status, body, _) = await server.Send(HttpMethod.Put, $"{Path}/shop", read.ToJsonString());

        Assert.True(status == HttpStatusCode.OK, body.ToJsonString());
        Assert.Equal(given.Key, StoredKey);
    }

    public static TheoryData<string, string?, string, string> BadInput()
    {
        var (one, other) = (TestCertificate.Of("one.test"), TestCertificate.Of("other.test"));
        return new()
        {
            { one.Chain, null, "privateKey", "is required, in PEM" },
            { "", one.Key, "chain", "is required, in PEM" },
            { one.Chain, other.Key, "privateKey", "the private key is not the one of the certificate" },
            { one.Chain, "secret words", "privateKey", "the private key cannot be read" },
            { one.Key, one.Key, "chain", "the chain has no certificate" },
            { "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", one.Key, "chain", "a certificate that is none" },
        };
    }

    [Theory]
    [MemberData(nameof(BadInput))]
    public async Task What_is_wrong_with_one_is_told_with_its_place(string chain, string? key, string path, string message)
    {
        var (status, body, _) = await server.Send(HttpMethod.Post, Path, Document(chain, key));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        var fault = Assert.Single(body["faults"]!.AsArray());
        Assert.Equal(path, (string?)fault!["path"]);
        Assert.Contains(message, (string?)fault["message"], StringComparison.Ordinal);
        Assert.DoesNotContain("secret words", body.ToJsonString(), StringComparison.Ordinal);
        Assert.Null(StoredKey);
    }

    [Fact]
    public async Task One_that_ends_soon_is_taken_with_a_warning()
    {
        var given = TestCertificate.Of("shop.test"); // for a day
        var made = await server.Post(Path, Document(given.Chain, given.Key));

        Assert.Equal("expires-soon", (string?)Assert.Single(made["warnings"]!.AsArray())!["code"]);
        Assert.Contains("expires-soon", (await server.Get("/api/v1/lint")).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_a_listener_names_must_be_there_and_stays()
    {
        const string Balancer = """
            {"name": "web", "network": "front", "pools": [{}],
             "listeners": [{"protocol": "https", "ports": 443, "http": {"certificates": ["shop"]}}]}
            """;
        var (refused, problem, _) = await server.Send(HttpMethod.Post, "/api/v1/load-balancers", Balancer);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused);
        Assert.Equal("listeners[0].http.certificates[0]", (string?)problem["faults"]![0]!["path"]);

        var given = TestCertificate.Of("shop.test");
        await server.Post(Path, Document(given.Chain, given.Key));
        await server.Post("/api/v1/load-balancers", Balancer);
        var (status, body, _) = await server.Send(HttpMethod.Delete, $"{Path}/shop");

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("is named by load-balancer web", body.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_the_command_line_it_is_made_of_files_and_renewed()
    {
        using var folder = new Weft.Tests.TemporaryFolder();
        async Task<string> Run(string command, TestCertificate given)
        {
            File.WriteAllText(folder["chain.pem"], given.Chain);
            File.WriteAllText(folder["key.pem"], given.Key);
            var run = await CliRun.OfAsync(
                ["certificate", command, "shop", "--chain", folder["chain.pem"], "--key", folder["key.pem"]], "",
                new Dictionary<string, string> { ["WEFT_SERVER"] = server.Socket }, TestContext.Current.CancellationToken);
            Assert.True(run.ExitCode == ExitCodes.Ok, run.Out + run.Error);
            return run.Out;
        }
        var (first, second) = (TestCertificate.Of("one.test"), TestCertificate.Of("two.test"));

        Assert.StartsWith("certificate/shop created", await Run("create", first), StringComparison.Ordinal);
        Assert.Equal(first.Key, StoredKey);
        Assert.StartsWith("certificate/shop updated", await Run("update", second), StringComparison.Ordinal);
        Assert.Equal(second.Key, StoredKey);
    }

    async Task<string> WatchedAsync(string path, int lines)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await server.Root.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var read = "";
        for (var i = 0; i < lines; i++)
            read += await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        return read;
    }
}
