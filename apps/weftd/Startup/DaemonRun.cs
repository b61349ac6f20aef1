using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using Weft.Agent;
using Weft.Agent.Hosting;
using Weft.Agent.Sync;
using Weft.Daemon.Commands;
using Weft.Docker;
using Weft.Metrics;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Access;
using Weft.Server.Commits;
using Weft.Server.Enrollment;
using Weft.Server.Hosting;
using Weft.Server.Sync;

namespace Weft.Daemon.Startup;

/// <summary>Starts what a command asks for, waits for a signal, and stops it in the opposite order.</summary>
sealed class DaemonRun(DaemonOptions options, LogLevel level, CancellationToken cancel)
{
    static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(10);

    public async Task UpAsync(ServerOptions server, ParseResult parsed)
    {
        Preflight.CheckAgent();
        using var serverLock = InstanceLock.Take(parsed.GetValue(options.Run)!, "server");
        using var agentLock = InstanceLock.Take(parsed.GetValue(options.Run)!, "agent");
        await using var web = BuildServer(server);
        await web.StartAsync(cancel);
        var address = OwnAddress(server);
        var agent = options.AgentOf(parsed, new($"https://{address}"), null);
        var isNew = new CredentialStore(agent.StateDirectory).Load() is null;
        agent = agent with
        {
            Token = isNew ? await MakeTokenAsync(web, agent.NodeName) : null,
            FabricAddress = agent.FabricAddress ?? FabricOf(agent, address),
        };
        using var host = BuildAgent(agent, options.DockerOf(parsed));
        await using var metrics = await ListenAsync(parsed, web, host);
        var forgetting = isNew ? ForgetTokenAsync(host, web, agent.NodeName) : Task.CompletedTask;
        await RunAsync(host);
        await forgetting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await web.StopAsync(CancellationToken.None);
    }

    public async Task ServerAsync(ServerOptions server, ParseResult parsed)
    {
        using var taken = InstanceLock.Take(Path.GetDirectoryName(server.UnixSocket)!, "server");
        await using var web = BuildServer(server);
        await using var metrics = await ListenAsync(parsed, web);
        await RunAsync(web);
    }

    public async Task AgentAsync(ParseResult parsed)
    {
        Preflight.CheckAgent();
        using var taken = InstanceLock.Take(parsed.GetValue(options.Run)!, "agent");
        var token = parsed.GetValue(options.Token) ?? Environment.GetEnvironmentVariable("WEFT_TOKEN");
        var agent = options.AgentOf(parsed, parsed.GetValue(options.Server), token);
        using var host = BuildAgent(agent, options.DockerOf(parsed));
        await using var metrics = await ListenAsync(parsed, host);
        await RunAsync(host);
    }

    WebApplication BuildServer(ServerOptions server)
    {
        // Not the current folder: a daemon takes no settings from where it happens to be started.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        Logs.Add(builder.Logging, level);
        builder.AddWeftServer(server);
        builder.Services.AddSingleton<JoinTokenCheck>(provider =>
            token => provider.GetRequiredService<TokenKeeper>().FindJoin(token) is not null);
        builder.Services.AddAgentServices();
        var app = builder.Build();
        app.MapWeftServer();
        app.MapAgentServices();
        // Not a secret, and no reason to trust: clients compare it with the fingerprint that they were given.
        app.MapGet("/ca.pem", CaAsync);
        return app;
    }

    static Task CaAsync(HttpContext http)
    {
        http.Response.ContentType = "application/x-pem-file";
        var authority = http.RequestServices.GetRequiredService<CertificateAuthority>();
        return http.Response.WriteAsync(PemEncoding.WriteString("CERTIFICATE", authority.CertificateDer.Span));
    }

    IHost BuildAgent(AgentOptions agent, DockerOptions? docker)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        Logs.Add(builder.Logging, level);
        builder.Services.AddWeftAgent(agent);
        if (agent.ServerUrl is not null)
            builder.Services.AddWeftServerLink(agent);
        if (docker is not null)
            builder.Services.AddWeftDocker(docker);
        return builder.Build();
    }

    /// <summary>Metrics of all parts at one place, when that was asked for.</summary>
    async Task<MetricsListener?> ListenAsync(ParseResult parsed, params IEnumerable<IHost> parts) =>
        parsed.GetValue(options.Exports.MetricsListen) is { } endPoint
            ? await MetricsListener.StartAsync(endPoint, MetricScrape.Of(parts.Select(part => part.Services.GetRequiredService<MetricScrape>())), cancel)
            : null;

    async Task RunAsync(IHost host)
    {
        await host.StartAsync(cancel);
        Notify.Ready();
        await host.WaitForShutdownAsync(cancel);
        Notify.Stopping();
    }

    /// <summary>Where the agent of this process reaches the server.</summary>
    static IPEndPoint OwnAddress(ServerOptions server)
    {
        var first = server.Listen[0];
        var isAny = first.Address.Equals(IPAddress.Any) || first.Address.Equals(IPAddress.IPv6Any);
        return isAny ? new(IPAddress.Loopback, first.Port) : first;
    }

    /// <summary>
    /// The address that other nodes know the server by is the one that this node is likely to be reached by.
    /// </summary>
    static IPAddress? FabricOf(AgentOptions agent, IPEndPoint server) =>
        agent.FabricInterface is null && !IPAddress.IsLoopback(server.Address) ? server.Address : null;

    /// <summary>For the agent of this process alone; a token that an earlier start has left behind goes first.</summary>
    static async Task<string> MakeTokenAsync(WebApplication web, string node)
    {
        var services = web.Services;
        var cluster = services.GetRequiredService<Cluster>();
        await cluster.ApplyAsync(new Write.Delete(ResourceKey.Token(TokenName(node))), CancellationToken.None);
        var token = new Token
        {
            Name = TokenName(node),
            Role = Token.JoinRole,
            ExpiresAt = services.GetRequiredService<TimeProvider>().GetUtcNow() + TokenLife,
        };
        var outcome = await services.GetRequiredService<TokenKeeper>().PutAsync(new(token), CancellationToken.None);
        return outcome is Outcome.Committed { Resource: Token { Secret: { } secret } }
            ? secret
            : throw new StartupException($"no token for node {node}: {outcome.Describe()}");
    }

    /// <summary>Once the agent has joined, nobody may join with its token.</summary>
    static async Task ForgetTokenAsync(IHost host, WebApplication web, string node)
    {
        var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var link = host.Services.GetRequiredService<ServerLink>();
        await link.Status.WaitForAsync(status => status.Connected, stopping);
        await web.Services.GetRequiredService<Cluster>()
            .ApplyAsync(new Write.Delete(ResourceKey.Token(TokenName(node))), stopping);
    }

    static string TokenName(string node) => $"up-{node}"[..Math.Min(63, node.Length + 3)].TrimEnd('-');
}
