using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;
using Weft.Agent.Desired;
using Weft.Agent.State;
using Weft.Linux;

namespace Weft.Agent.Names;

/// <summary>Names for the ports of this node: the service namespace, the table, and who calls.</summary>
sealed class NameService(AgentOptions options, TimeProvider time, ILogger<NameServer> logger) : IDisposable
{
    NameTable _table = NameTable.Empty;
    ImmutableDictionary<uint, Guid> _networkOf = ImmutableDictionary<uint, Guid>.Empty;
    ServiceNamespace? _namespace;
    Task _serving = Task.CompletedTask;

    /// <summary>Null: it could not be opened.</summary>
    internal ServiceNamespace? Namespace => _namespace;

    internal NameServer? Server { get; private set; }

    /// <summary>Opens the namespace and answers until cancelled.</summary>
    internal ServiceInterface Start(Netlink host, CancellationToken cancellation)
    {
        _namespace = ServiceNamespace.Open(host, options.NodeName);
        var forwarder = new Forwarder(new ResolvConfFile(options.ResolvConf, time));
        Server = new NameServer(NetworkOf, () => Volatile.Read(ref _table), forwarder, logger);
        _serving = Server.RunAsync(_namespace.Udp, _namespace.Tcp, cancellation);
        return _namespace.Interface;
    }

    /// <summary>Answers come from this state from now on.</summary>
    internal void Update(StateIndex index, ImmutableDictionary<Guid, LocalPort> locals)
    {
        Volatile.Write(ref _table, _table.Next(index));
        var networkOf = ImmutableDictionary.CreateBuilder<uint, Guid>();
        foreach (var local in locals.Values)
        {
            if (index.Local.TryGetValue(local.Uid, out var port))
                networkOf[local.Id] = port.Network;
        }
        Volatile.Write(ref _networkOf, networkOf.ToImmutable());
    }

    /// <summary>Completes when the server has stopped.</summary>
    internal Task StopAsync() => _serving;

    public void Dispose() => _namespace?.Dispose();

    Guid? NetworkOf(IPAddress caller) =>
        ServiceAddresses.PortId(caller) is { } id && Volatile.Read(ref _networkOf).TryGetValue(id, out var network)
            ? network
            : null;
}
