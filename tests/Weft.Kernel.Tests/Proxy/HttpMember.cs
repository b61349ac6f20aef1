using System.Net;
using System.Net.Sockets;
using System.Text;
using Weft.Linux;

namespace Weft.Kernel.Tests.Proxy;

/// <summary>A web server of a few lines in a namespace: says its name, who asked, and for whom.</summary>
sealed class HttpMember : IDisposable
{
    readonly Socket listening;
    readonly string name;

    public HttpMember(NetNs ns, IPEndPoint at, string name)
    {
        this.name = name;
        listening = ns.ListenTcp(at);
        _ = ServeAsync();
    }

    /// <summary>Requests for /wait are answered when the test says so.</summary>
    public WaitingRequests Waiting { get; init; } = new();

    public void Dispose() => listening.Dispose();

    async Task ServeAsync()
    {
        try
        {
            while (true)
                _ = AnswerAsync(await listening.AcceptAsync());
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    async Task AnswerAsync(Socket client)
    {
        using var socket = client;
        using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var whom = "";
        var asked = await reader.ReadLineAsync() ?? "";
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            if (line.StartsWith("X-Forwarded-For: ", StringComparison.OrdinalIgnoreCase))
                whom = $" for {line[17..]}";
        }
        if (asked.Contains("/wait", StringComparison.Ordinal))
            await Waiting.WaitAsync();
        var text = $"{name} from {((IPEndPoint)socket.RemoteEndPoint!).Address}{whom}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"HTTP/1.1 200 OK\r\nContent-Length: {text.Length}\r\nConnection: close\r\n\r\n{text}"));
    }
}

/// <summary>What holds requests back, and how many there are.</summary>
sealed class WaitingRequests
{
    readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int count;

    public int Count => Volatile.Read(ref count);

    public void Release() => released.TrySetResult();

    public Task WaitAsync()
    {
        Interlocked.Increment(ref count);
        return released.Task;
    }
}
