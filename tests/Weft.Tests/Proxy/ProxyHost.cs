using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Weft.Model.Proxying;
using Weft.Model.Resources;
using Weft.Proxy;
using Weft.Tests.Sync;

namespace Weft.Tests.Proxy;

/// <summary>A proxy with a folder of its own, on an address of its own.</summary>
sealed class ProxyHost : IAsyncDisposable
{
    readonly TemporaryFolder folder = new();
    readonly ProxyFolder files;
    readonly CancellationTokenSource stop = new();
    readonly List<HttpClient> clients = [];

    public ProxyHost(TimeSpan? idle = null)
    {
        files = new(Directory.CreateDirectory(folder["state"]).FullName);
        // All of 127/8 is loopback: so ports of tests that run at once never meet.
        Address = new([127, (byte)Random.Shared.Next(1, 255), (byte)Random.Shared.Next(256), (byte)Random.Shared.Next(1, 255)]);
        var options = new ProxyOptions { StateDirectory = folder["state"], IdleTime = idle ?? TimeSpan.FromMinutes(1) };
        Running = Task.Run(() => ProxyServer.RunAsync(options, logging => logging.SetMinimumLevel(LogLevel.None), stop.Token));
    }

    public IPAddress Address { get; }

    public Task Running { get; }

    public string this[string name] => folder[name];

    public string FilePath => files.FilePath;

    public static ProxyPool Pool(string name, params ProxyMember[] members) => new() { Name = name, Members = members };

    public static ProxyListener Http(ushort port, string? pool, params HttpRoute[] routes) => new()
    {
        Name = $"http-{port}",
        Protocol = Listener.HttpProtocol,
        Port = port,
        Pool = pool,
        Http = new() { Routes = routes },
    };

    public static ProxyListener Https(ushort port, string? pool, params TestCertificate[] certificates) => new()
    {
        Name = $"https-{port}",
        Protocol = Listener.HttpsProtocol,
        Port = port,
        Pool = pool,
        Certificates = [.. certificates.Select((certificate, i) =>
            new ProxyCertificate { Name = $"c{i}", Chain = certificate.Chain, PrivateKey = certificate.Key })],
    };

    public ProxyConfiguration Configuration(ProxyListener[] listeners, params ProxyPool[] pools) => new()
    {
        Uid = files.Uid,
        Project = "p",
        Name = "lb",
        Addresses = [Address],
        Listeners = listeners,
        Pools = pools,
    };

    public void WriteText(string json) => files.WriteText(json);

    /// <summary>Until the proxy has said something new about what was written.</summary>
    public async Task PutAsync(ProxyConfiguration configuration, string state = ProxyStatus.Active)
    {
        files.Write(configuration);
        var names = configuration.Listeners.Select(listener => listener.Name).Order();
        var members = configuration.Pools.SelectMany(pool => pool.Members.Select(member => $"{pool.Name}/{member.Id}")).Order();
        await Patience.UntilAsync(
            () => Status() is { } status && status.State == state
                && (state != ProxyStatus.Active
                    || status.Listeners.Select(listener => listener.Name).Order().SequenceEqual(names)
                    && status.Members.Select(member => $"{member.Pool}/{member.Id}").Order().SequenceEqual(members)),
            $"the proxy being {state}; it says {Status()?.State} {Status()?.Message}");
    }

    public ProxyStatus? Status() => files.Status();

    /// <summary>A client for whom every name leads to the proxy.</summary>
    public HttpClient Client(ushort port, bool cookies = false, Action<SocketsHttpHandler>? configure = null)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = cookies,
            ConnectCallback = async (_, cancellation) => new NetworkStream(await ConnectAsync(port, cancellation), ownsSocket: true),
        };
        handler.SslOptions.CertificateChainPolicy = new()
        {
            TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { TestCertificate.Authority.Certificate },
            RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck,
        };
        configure?.Invoke(handler);
        var client = new HttpClient(handler) { BaseAddress = new($"http://shop.test:{port}") };
        clients.Add(client);
        return client;
    }

    public async ValueTask<Socket> ConnectAsync(ushort port, CancellationToken cancellation = default)
    {
        var socket = new Socket(Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(Address, port, cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        clients.ForEach(client => client.Dispose());
        await stop.CancelAsync();
        await Running.Soon();
        stop.Dispose();
        folder.Dispose();
    }
}
