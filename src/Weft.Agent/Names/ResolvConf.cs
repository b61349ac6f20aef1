using System.Collections.Immutable;
using System.Net;

namespace Weft.Agent.Names;

/// <summary>The host's resolvers, as resolv.conf(5) names them.</summary>
/// <param name="Timeout">To wait for one server.</param>
/// <param name="Attempts">Rounds over all servers.</param>
sealed record ResolvConf(ImmutableArray<IPAddress> Servers, TimeSpan Timeout, int Attempts)
{
    internal static readonly ResolvConf Empty = new([], TimeSpan.FromSeconds(2), 2);

    /// <summary>Lines that are not understood are ignored, as the C library does.</summary>
    internal static ResolvConf Parse(string text)
    {
        var servers = ImmutableArray.CreateBuilder<IPAddress>();
        var result = Empty;
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words is ["nameserver", var server, ..] && IPAddress.TryParse(server, out var address))
                servers.Add(address);
            else if (words is ["options", ..])
                result = words.Skip(1).Aggregate(result, (conf, option) => conf.WithOption(option));
        }
        return result with { Servers = [.. servers.Distinct()] };
    }

    ResolvConf WithOption(string option)
    {
        if (option.Split(':') is not [var name, var text] || !int.TryParse(text, out var value) || value < 1)
            return this;
        return name switch
        {
            "timeout" => this with { Timeout = TimeSpan.FromSeconds(Math.Min(value, 10)) },
            "attempts" => this with { Attempts = Math.Min(value, 5) },
            _ => this,
        };
    }
}

/// <summary>The file, read again when it changes.</summary>
sealed class ResolvConfFile(string path, TimeProvider time)
{
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    readonly Lock _lock = new();
    ResolvConf _current = ResolvConf.Empty;
    DateTime _written;
    long _looked;

    internal ResolvConf Current
    {
        get
        {
            lock (_lock)
            {
                if (_looked == 0 || time.GetElapsedTime(_looked) >= LookAgain)
                    Refresh_NeedsLock();
                return _current;
            }
        }
    }

    void Refresh_NeedsLock()
    {
        _looked = time.GetTimestamp();
        try
        {
            var written = File.GetLastWriteTimeUtc(path);
            if (written == _written)
                return;
            _current = ResolvConf.Parse(File.ReadAllText(path));
            _written = written;
        }
        catch (IOException)
        {
            _current = ResolvConf.Empty;
            _written = default;
        }
    }
}
