using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Weft.Tests.Server;

/// <summary><c>weftd server</c> as a process of its own, to be killed.</summary>
sealed class DaemonProcess : IDisposable
{
    static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    readonly Process process;

    DaemonProcess(Process process, HttpClient client)
    {
        this.process = process;
        Client = client;
    }

    /// <summary>Over the daemon's Unix socket.</summary>
    public HttpClient Client { get; }

    public static Task<DaemonProcess> StartAsync(string folder, CancellationToken cancellationToken) => StartAsync(folder, [], [], cancellationToken);

    public static async Task<DaemonProcess> StartAsync(
        string folder, IEnumerable<string> options, IEnumerable<(string Name, string Value)> environment, CancellationToken cancellationToken)
    {
        var socket = Path.Combine(folder, "run", "weft.sock");
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "weftd"))
        {
            ArgumentList =
            {
                "server", "--data", Path.Combine(folder, "data"), "--run", Path.Combine(folder, "run"),
                "--listen", $"127.0.0.1:{FreePort()}", "--log-level", "Warning",
            },
        };
        foreach (var option in options)
            start.ArgumentList.Add(option);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var daemon = new DaemonProcess(Process.Start(start)!, Over(socket));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(StartLimit);
        try
        {
            while (!await daemon.IsReadyAsync(deadline.Token))
                await Task.Delay(TimeSpan.FromMilliseconds(50), deadline.Token);
            return daemon;
        }
        catch
        {
            daemon.Dispose();
            throw;
        }
    }

    /// <summary>As <c>kill -9</c>: the process runs no further instruction.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!process.HasExited)
            Kill();
        process.Dispose();
    }

    async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        Assert.False(process.HasExited, "weftd ended by itself");
        try
        {
            using var answer = await Client.GetAsync("/readyz", cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    static HttpClient Over(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = new("http://localhost/") };
}
