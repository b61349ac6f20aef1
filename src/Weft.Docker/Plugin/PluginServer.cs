using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Weft.Docker.Plugin;

/// <summary>Answers Docker on a socket in its plugins folder.</summary>
/// <remarks>
/// Docker's calls are tried again for up to thirty seconds while nobody listens, so a restart of the agent is
/// not seen by <c>docker run</c>.
/// </remarks>
sealed class PluginServer(string socket, PluginCalls calls, ILoggerFactory logs) : IHostedService, IAsyncDisposable
{
    const int LongestBody = 1 << 20;
    WebApplication? _app;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(socket)!);
        File.Delete(socket); // of an agent that was killed; two agents on one socket are kept apart by the agent's own lock
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(logs);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LongestBody;
            kestrel.ListenUnixSocket(socket);
        });
        _app = builder.Build();
        _app.UseRouting();
        calls.Map(new(_app, logs.CreateLogger<PluginRoutes>()));
        await _app.StartAsync(cancellationToken).ConfigureAwait(false);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_app is not null)
            await _app.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync().ConfigureAwait(false);
    }
}
