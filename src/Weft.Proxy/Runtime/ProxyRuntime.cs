using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Weft.Proxy.Runtime;

/// <summary>Keeps the load balancers of a folder, until there has been none for a while.</summary>
sealed partial class ProxyRuntime(ProxyOptions options, ProxyParts parts, ILogger<ProxyRuntime> logger)
{
    readonly ConfigurationFolder _folder = new(options.StateDirectory);
    readonly Dictionary<string, BalancerRuntime> _balancers = [];
    readonly List<Task> _closing = [];
    readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Returns when it is cancelled, or when there is nothing to do any more; by then all requests have ended.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        using var watcher = _folder.Watch(() => _bell.Writer.TryWrite(true));
        var lastUsed = parts.Time.GetTimestamp();
        while (!cancellation.IsCancellationRequested)
        {
            Round();
            if (_balancers.Count > 0)
                lastUsed = parts.Time.GetTimestamp();
            else if (parts.Time.GetElapsedTime(lastUsed) >= options.IdleTime)
            {
                LogIdle();
                break;
            }
            await WaitAsync(cancellation).ConfigureAwait(false);
        }
        await StopAsync().ConfigureAwait(false);
    }

    /// <summary>Changes are taken up in one go: a burst of them is one round.</summary>
    async Task WaitAsync(CancellationToken cancellation)
    {
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(
            Task.Delay(options.Interval, parts.Time, rest.Token),
            _bell.Reader.WaitToReadAsync(rest.Token).AsTask()).ConfigureAwait(false);
        await rest.CancelAsync().ConfigureAwait(false);
        _bell.Reader.TryRead(out _);
    }

    void Round()
    {
        var files = _folder.Read();
        foreach (var gone in _balancers.Keys.Except(files.Select(file => file.Name)).ToList())
            Remove(gone);
        foreach (var (name, changed) in files)
        {
            try
            {
                Keep(name, changed);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                LogFailed(name, failure); // one that fails never stops another
            }
        }
        _closing.RemoveAll(task => task.IsCompleted);
    }

    void Keep(string name, byte[]? changed)
    {
        if (!_balancers.TryGetValue(name, out var balancer))
            _balancers[name] = balancer = new(parts);
        if (changed is not null)
            Apply(name, balancer, changed);
        else
            balancer.Keep();
        _folder.Tell(name, balancer.Status(UidOf(name, balancer)));
    }

    void Apply(string name, BalancerRuntime balancer, byte[] json)
    {
        try
        {
            balancer.Apply(ConfigurationCheck.Read(json));
            LogApplied(name);
        }
        catch (ConfigurationException failure)
        {
            LogRefused(name, failure.Message);
            balancer.Refuse(failure.Message);
            balancer.Keep();
        }
    }

    void Remove(string name)
    {
        if (_balancers.Remove(name, out var balancer))
            _closing.Add(balancer.DisposeAsync().AsTask());
        _folder.Forget(name);
        LogRemoved(name);
    }

    async Task StopAsync()
    {
        _closing.AddRange(_balancers.Values.Select(balancer => balancer.DisposeAsync().AsTask()));
        _balancers.Clear();
        await Task.WhenAll(_closing).ConfigureAwait(false);
    }

    /// <summary>Files are called by it; one that could never be read has no other.</summary>
    static Guid UidOf(string name, BalancerRuntime balancer) => balancer.Configuration?.Uid
        ?? (Guid.TryParse(Path.GetFileNameWithoutExtension(name), out var uid) ? uid : Guid.Empty);

    [LoggerMessage(Level = LogLevel.Information, Message = "Load balancer {Name}: new configuration in force")]
    partial void LogApplied(string name);

    [LoggerMessage(Level = LogLevel.Error, Message = "Load balancer {Name}: the newest configuration is not in force: {Reason}")]
    partial void LogRefused(string name, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Load balancer {Name} is gone; its requests end")]
    partial void LogRemoved(string name);

    [LoggerMessage(Level = LogLevel.Error, Message = "Load balancer {Name} failed")]
    partial void LogFailed(string name, Exception failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "No load balancer for a while: nothing to do")]
    partial void LogIdle();
}
