using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Weft.Protocol;
using Weft.Server.Access;
using Weft.Server.Enrollment;

namespace Weft.Tests.Server;

public sealed class AccessTests
{
    const string Networks = "/api/v1/networks";
    const string Tokens = "/api/v1/tokens";

    [Fact]
    public async Task Without_a_good_token_nothing_is_told()
    {
        await using var server = await TestServer.StartAsync();
        var made = await server.Post(Tokens, """{"name": "ci", "role": "admin"}""");
        var secret = (string)made["secret"]!;

        using var none = server.OverTcp(null);
        using var wrong = server.OverTcp(secret[..^2] + (secret[^2] == 'A' ? "BB" : "AA"));
        using var other = server.OverTcp("nonsense");
        using var good = server.OverTcp(secret);

        foreach (var client in (HttpClient[])[none, wrong, other])
        {
            var (status, problem, headers) = await server.Send(HttpMethod.Get, Networks, null, client);
            Assert.Equal(HttpStatusCode.Unauthorized, status);
            Assert.Equal("Bearer", headers.WwwAuthenticate.Single().Scheme);
            Assert.NotNull((string?)problem["detail"]);
        }
        Assert.Equal(HttpStatusCode.OK, (await server.Send(HttpMethod.Get, Networks, null, good)).Status);
    }

    [Fact]
    public async Task A_secret_is_told_once_and_never_stored()
    {
        await using var server = await TestServer.StartAsync();
        var made = await server.Post(Tokens, """{"name": "ci", "role": "admin"}""");
        var secret = ((string)made["secret"]!).Split('.')[2];

        var read = await server.Get($"{Tokens}/ci");
        var list = await server.Get(Tokens);
        var (_, again, _) = await server.Send(HttpMethod.Put, $"{Tokens}/ci", """{"role": "admin"}""");

        Assert.All([read, list["items"]![0]!, again], token =>
        {
            Assert.Null(token["secret"]);
            Assert.Null(token["secretHash"]);
        });
        foreach (var file in Directory.GetFiles(server.DataDirectory).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            Assert.False((await ReadSharedAsync(file)).AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(secret)) >= 0, file);
        }
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(server.Socket));
    }

    [Fact]
    public async Task A_member_uses_its_projects_and_sees_no_others()
    {
        await using var server = await TestServer.StartAsync();
        await server.Post("/api/v1/projects", """{"name": "shop"}""");
        await server.Post(Networks, """{"name": "mine", "project": "shop"}""");
        await server.Post(Networks, """{"name": "hidden"}""");
        var made = await server.Post(Tokens, """{"name": "dev", "role": "member", "projects": ["shop"]}""");
        using var member = server.OverTcp((string)made["secret"]!);

        async Task<HttpStatusCode> Status(HttpMethod method, string path, string? json = null) =>
            (await server.Send(method, path, json, member)).Status;

        var list = (await server.Send(HttpMethod.Get, Networks, null, member)).Body["items"]!.AsArray();
        var projects = (await server.Send(HttpMethod.Get, "/api/v1/projects", null, member)).Body["items"]!.AsArray();
        Assert.Equal("mine", (string?)Assert.Single(list)!["name"]);
        Assert.Equal("shop", (string?)Assert.Single(projects)!["name"]);
        Assert.Equal(HttpStatusCode.Created, await Status(HttpMethod.Post, Networks, """{"name": "new", "project": "shop"}"""));
        Assert.Equal(HttpStatusCode.NotFound, await Status(HttpMethod.Get, $"{Networks}/hidden"));
        Assert.Equal(HttpStatusCode.NotFound, await Status(HttpMethod.Delete, $"{Networks}/hidden"));
        Assert.Equal(HttpStatusCode.Forbidden, await Status(HttpMethod.Post, Networks, """{"name": "new"}"""));
        Assert.Equal(HttpStatusCode.Forbidden, await Status(HttpMethod.Get, $"{Networks}?project=default"));
        Assert.Equal(HttpStatusCode.Forbidden, await Status(HttpMethod.Get, Tokens));
        Assert.Equal(HttpStatusCode.Forbidden, await Status(HttpMethod.Get, "/api/v1/nodes"));
        Assert.Equal(HttpStatusCode.Forbidden, await Status(HttpMethod.Post, "/api/v1/projects", """{"name": "own"}"""));
        Assert.Equal(HttpStatusCode.Forbidden, await Status(HttpMethod.Delete, "/api/v1/projects/shop"));
    }

    [Fact]
    public async Task A_join_token_names_the_authority_and_opens_nothing_else()
    {
        await using var server = await TestServer.StartAsync();
        var made = await server.Post(Tokens, """{"name": "h2", "role": "join"}""");

        Assert.True(JoinToken.TryParse((string?)made["secret"], out var token));
        Assert.Equal(server.Services.GetRequiredService<CertificateAuthority>().Fingerprint, token.Fingerprint);
        Assert.NotNull(made["expiresAt"]);
        var keeper = server.Services.GetRequiredService<TokenKeeper>();
        Assert.Equal("h2", keeper.FindJoin(token)?.Name);
        Assert.Null(keeper.FindJoin(token with { Secret = token.Secret + "x" }));
        using var client = server.OverTcp((string)made["secret"]!);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Send(HttpMethod.Get, Networks, null, client)).Status);
        await server.Send(HttpMethod.Delete, $"{Tokens}/h2");
        Assert.Null(keeper.FindJoin(token));
    }

    [Fact]
    public async Task A_project_stays_while_a_token_opens_it()
    {
        await using var server = await TestServer.StartAsync();
        await server.Post("/api/v1/projects", """{"name": "shop"}""");
        await server.Post(Tokens, """{"name": "dev", "role": "member", "projects": ["shop"]}""");

        var (status, problem, _) = await server.Send(HttpMethod.Delete, "/api/v1/projects/shop");

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal("project shop is what 1 token may use: dev", (string?)problem["detail"]);
    }

    static async Task<byte[]> ReadSharedAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        await file.CopyToAsync(copy, TestContext.Current.CancellationToken);
        return copy.ToArray();
    }
}
