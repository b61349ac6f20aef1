using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Weft.Linux;
using Weft.Model.Proxying;
using Weft.Proxy.Balancing;
using Weft.Proxy.Doors;
using Weft.Proxy.Tls;

namespace Weft.Proxy.Runtime;

/// <summary>What all load balancers of the process share.</summary>
sealed record ProxyParts(
    ConnectionQueues Queues, SocketConnectionContextFactory Contexts, TimeProvider Time, ILoggerFactory Loggers);

/// <summary>One load balancer: brings its newest good configuration into force, and keeps it there.</summary>
sealed class BalancerRuntime(ProxyParts parts) : IAsyncDisposable
{
    /// <summary>What requests get to end by when their listener is gone.</summary>
    static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    readonly Dictionary<ushort, OpenListener> _listeners = [];
    readonly Dictionary<string, PoolRuntime> _pools = [];
    ProxyConfiguration? _configuration;
    NamespaceSockets? _sockets;
    string? _refused;
    string? _namespaceFault;

    internal ProxyConfiguration? Configuration => _configuration;

    /// <summary>The newest configuration cannot be used; what was in force stays.</summary>
    internal void Refuse(string reason) => _refused = reason;

    /// <summary>Brings a configuration into force: pools, then what leads to them. Requests that run keep what they began with.</summary>
    /// <exception cref="ConfigurationException">It cannot be; nothing has changed.</exception>
    internal void Apply(ProxyConfiguration next)
    {
        var sources = next.Listeners.ToDictionary(listener => listener.Port, SourceOf);
        var stores = ReadCertificates(next, sources);
        if (_sockets is null || _sockets.Name != next.Namespace)
        {
            ReleaseNamespace();
            _sockets = new(next.Namespace);
        }
        var pools = BuildPools(next);
        foreach (var gone in _listeners.Keys.Except(next.Listeners.Select(listener => listener.Port)).ToList())
            Close(gone);
        foreach (var listener in next.Listeners)
            Put(listener, ListenerModel.Of(listener, pools, stores[listener.Port]), sources[listener.Port]);
        _configuration = next;
        _refused = null;
        Keep();
    }

    /// <summary>Repeats what has not worked, looks at files and at the namespace.</summary>
    internal void Keep()
    {
        if (_configuration is not { } configuration || _sockets is not { } sockets)
            return;
        if (!Enter(sockets))
            return;
        foreach (var listener in configuration.Listeners)
            Keep(_listeners[listener.Port], listener, configuration.Addresses, sockets);
    }

    /// <summary>Ends all of it; done when the last request is.</summary>
    public async ValueTask DisposeAsync()
    {
        var closing = _listeners.Values.Select(open => open.Door.CloseAsync(DrainTime, parts.Time)).ToList();
        _listeners.Clear();
        await Task.WhenAll(closing).ConfigureAwait(false);
        _sockets?.Dispose();
    }

    internal ProxyStatus Status(Guid uid)
    {
        var fault = _refused ?? _namespaceFault ?? _listeners.Values.Select(open => open.Fault).FirstOrDefault(known => known is not null);
        return new()
        {
            Uid = uid,
            State = fault is null ? ProxyStatus.Active : ProxyStatus.Error,
            Message = fault,
            Listeners = [.. _listeners.Values.Select(Status)],
            Members = [.. _pools.Values.SelectMany(pool => pool.Members).Select(Status)],
        };
    }

    CertificateSource SourceOf(ProxyListener listener) =>
        _listeners.GetValueOrDefault(listener.Port) is { } open && open.Certificates.Has(listener)
            ? open.Certificates
            : new(listener.Certificates ?? [], listener.Http?.CertificateFiles ?? []);

    static Dictionary<ushort, CertificateStore> ReadCertificates(
        ProxyConfiguration next, Dictionary<ushort, CertificateSource> sources)
    {
        var stores = new Dictionary<ushort, CertificateStore>();
        foreach (var listener in next.Listeners)
        {
            try
            {
                stores[listener.Port] = sources[listener.Port].Read();
            }
            catch (Weft.Model.Resources.CertificateException failure)
            {
                throw new ConfigurationException($"listener {listener.Name}: {failure.Message}", failure);
            }
        }
        return stores;
    }

    Dictionary<string, PoolModel> BuildPools(ProxyConfiguration next)
    {
        foreach (var gone in _pools.Keys.Except(next.Pools.Select(pool => pool.Name)).ToList())
            _pools.Remove(gone);
        var models = new Dictionary<string, PoolModel>();
        foreach (var pool in next.Pools)
        {
            if (!_pools.TryGetValue(pool.Name, out var runtime))
                _pools[pool.Name] = runtime = new(_sockets!, parts.Time);
            models[pool.Name] = runtime.Build(pool);
        }
        return models;
    }

    void Put(ProxyListener listener, ListenerModel model, CertificateSource certificates)
    {
        if (_listeners.TryGetValue(listener.Port, out var open))
        {
            open.Certificates = certificates;
            open.Door.Switch(model);
            return;
        }
        var door = new Door(model, parts.Queues, parts.Contexts, parts.Loggers.CreateLogger<Door>());
        _listeners[listener.Port] = new(listener.Port, door, certificates);
    }

    /// <summary>False: there is no namespace to listen in.</summary>
    bool Enter(NamespaceSockets sockets)
    {
        try
        {
            if (sockets.Refresh())
            {
                foreach (var open in _listeners.Values)
                    open.Door.StopListening();
            }
            _namespaceFault = null;
            return true;
        }
        catch (LinuxException failure)
        {
            _namespaceFault = $"network namespace {sockets.Name}: {failure.Message}";
            return false;
        }
    }

    static void Keep(OpenListener open, ProxyListener listener, IReadOnlyList<IPAddress> addresses, NamespaceSockets sockets)
    {
        var certificates = open.Certificates.Read();
        if (!ReferenceEquals(certificates, open.Door.Model.Certificates))
            open.Door.Switch(open.Door.Model with { Certificates = certificates });
        if (open.Door.Model is { IsTls: true, Certificates.IsEmpty: true })
        {
            open.Fault = $"listener {listener.Name}: {open.Certificates.Fault ?? "has no certificate"}";
            return;
        }
        var fault = open.Door.Listen([.. addresses.Select(address => new IPEndPoint(address, listener.Port))], end => sockets.Listen(end));
        fault ??= open.Certificates.Fault;
        open.Fault = fault is null ? null : $"listener {listener.Name}: {fault}";
    }

    void Close(ushort port)
    {
        if (_listeners.Remove(port, out var open))
            _ = open.Door.CloseAsync(DrainTime, parts.Time);
    }

    /// <summary>Another namespace: nothing of the old one is of use there, connections to members included.</summary>
    void ReleaseNamespace()
    {
        foreach (var open in _listeners.Values)
            open.Door.StopListening();
        _pools.Clear();
        _sockets?.Dispose();
    }

    static ProxyListenerStatus Status(OpenListener open)
    {
        var counts = open.Door.Counts;
        return new(
            open.Door.Model.Name, open.Fault is null ? ProxyStatus.Active : ProxyStatus.Error, open.Fault,
            open.Door.Connections, counts.TotalConnections, counts.Refused, counts.Requests, counts.Active,
            counts.ServerErrors, counts.Traffic.BytesIn, counts.Traffic.BytesOut);
    }

    static ProxyMemberStatus Status(MemberState member) => new(
        member.Key.Pool, member.Key.Id, member.Key.Address, member.Key.Port, member.Requests, member.Active,
        member.Failures, member.ServerErrors, member.Traffic.BytesIn, member.Traffic.BytesOut);

    sealed class OpenListener(ushort port, Door door, CertificateSource certificates)
    {
        internal ushort Port => port;

        internal Door Door => door;

        internal CertificateSource Certificates { get; set; } = certificates;

        internal string? Fault { get; set; }
    }
}
