using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Weft.Model.State;
using Weft.Protocol;
using Weft.Server.Commits;
using Weft.Server.Enrollment;
using Weft.Server.Status;
using Weft.Server.Sync;
using Weft.Tests.Server;

namespace Weft.Tests.Sync;

/// <summary>A server with a real store and real TLS on loopback; it can be stopped and come back at the same address.</summary>
sealed class SyncServer : IAsyncDisposable
{
    readonly TemporaryFolder _folder = new();
    WebApplication? _app;
    int _port;

    SyncServer(TestCluster test) => Test = test;

    public TestCluster Test { get; }

    public Cluster Cluster => Test.Cluster;

    public Snapshot Snapshot => Test.Snapshot;

    public StatusBoard Board { get; private set; } = new();

    public NodeStateHub Hub => _app!.Services.GetRequiredService<NodeStateHub>();

    public TraceBoard Traces => _app!.Services.GetRequiredService<TraceBoard>();

    public Uri Address => new($"https://127.0.0.1:{_port}");

    public string AuthorityFolder => _folder.Path;

    /// <summary>What joining hosts showed.</summary>
    public List<JoinToken> Shown { get; } = [];

    public CertificateAuthority OpenAuthority(TimeProvider? time = null) =>
        CertificateAuthority.Open(_folder.Path, time ?? TimeProvider.System);

    public string TokenText(string secret = "right", string id = "first")
    {
        using var authority = OpenAuthority();
        return new JoinToken(id, secret, authority.Fingerprint).ToString();
    }

    /// <summary>More services, each time that it comes up.</summary>
    public Action<IServiceCollection> Configure { get; private init; } = _ => { };

    public T Service<T>() where T : notnull => _app!.Services.GetRequiredService<T>();

    public static async Task<SyncServer> StartAsync(int port = 0, Action<IServiceCollection>? configure = null)
    {
        var server = new SyncServer(await TestCluster.StartAsync()) { _port = port, Configure = configure ?? (_ => { }) };
        // Old enough for certificates that have ended.
        server.OpenAuthority(new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddYears(-3))).Dispose();
        await server.UpAsync();
        return server;
    }

    public async Task UpAsync()
    {
        Board = new();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.AddSingleton(Cluster);
        builder.Services.AddSingleton(Board);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(OpenAuthority());
        builder.Services.AddSingleton<JoinTokenCheck>(Check);
        builder.Services.AddAgentServices();
        Configure(builder.Services);
        // Whatever has to be cut off at this limit is a fault: tests give up before.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMinutes(10));
        builder.WebHost.ConfigureKestrel((_, kestrel) =>
        {
            kestrel.UseAgentKeepAlive();
            var certificate = new ServerCertificate(
                kestrel.ApplicationServices.GetRequiredService<CertificateAuthority>(), new(), TimeProvider.System);
            kestrel.Listen(System.Net.IPAddress.Loopback, _port, listen => listen.UseClusterTls(certificate));
        });
        _app = builder.Build();
        _app.MapAgentServices();
        await _app.StartAsync(TestCluster.Token);
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        _port = new Uri(address).Port;
    }

    public async Task DownAsync()
    {
        if (_app is null)
            return;
        await _app.StopAsync(TestCluster.Token).Soon();
        await _app.DisposeAsync();
        _app = null;
    }

    public async Task RestartAsync()
    {
        await DownAsync();
        await Test.RestartAsync();
        await UpAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await DownAsync();
        await Test.DisposeAsync();
        _folder.Dispose();
    }

    bool Check(JoinToken token)
    {
        lock (Shown)
            Shown.Add(token);
        return token.Secret == "right";
    }
}
