using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Weft.Tests.Flows.Ipfix;

/// <summary>Somebody else's collector, on loopback.</summary>
sealed class CollectorProcess : IDisposable
{
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    readonly Process _process;

    CollectorProcess(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    /// <summary>Returns when it listens.</summary>
    public static async Task<CollectorProcess> StartAsync(string program, int port, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var collector = new CollectorProcess(process, port);
        try
        {
            using var deadline = new CancellationTokenSource(s_limit);
            while (!IsListening(port))
            {
                Assert.False(process.HasExited, $"{program} ended by itself");
                await Task.Delay(20, deadline.Token);
            }
            return collector;
        }
        catch
        {
            collector.Dispose();
            throw;
        }
    }

    /// <summary>It writes what it has, and ends.</summary>
    public async Task StopAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        using var deadline = new CancellationTokenSource(s_limit);
        await _process.WaitForExitAsync(deadline.Token);
    }

    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var faults = process.StandardError.ReadToEndAsync();
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {await faults}");
        return text;
    }

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    static bool IsListening(int port) =>
        File.ReadLines("/proc/net/udp").Any(line => line.Contains($"0100007F:{port:X4} ", StringComparison.Ordinal));
}
