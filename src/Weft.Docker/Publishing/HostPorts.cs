using System.Net.Sockets;
using Weft.Model.Rules;

namespace Weft.Docker.Publishing;

/// <summary>The host's ports that this host's containers have. Safe for use from several threads.</summary>
sealed class HostPorts : IDisposable
{
    /// <summary>What Docker gives out where nothing is asked for.</summary>
    const ushort FirstFree = 49153;

    readonly Lock _lock = new();
    readonly Dictionary<string, List<HostPort>> _held = new(StringComparer.Ordinal);
    bool _disposed;

    /// <summary>Takes a port for an endpoint.</summary>
    /// <param name="endpoint">Docker's id of it.</param>
    /// <param name="binding">Which, or one of which.</param>
    /// <exception cref="DriverException">None of them is free.</exception>
    public HostPort Take(string endpoint, PortBinding binding)
    {
        var (first, last) = binding.HostPort == 0
            ? (FirstFree, ushort.MaxValue)
            : (binding.HostPort, Math.Max(binding.HostPort, binding.HostPortEnd));
        for (int number = first; number <= last; number++)
        {
            if (TryTake(endpoint, binding.Proto, (ushort)number) is { } port)
                return port;
        }
        var protocol = IpProtocols.NameOf(binding.Proto);
        throw new DriverException(first == last
            ? $"{protocol} port {first} of this host is in use; `ss -lnp` shows by whom, `weft get port` what Weft publishes"
            : $"no {protocol} port of this host from {first} to {last} is free");
    }

    /// <returns>Null: a process of the host has it, or another endpoint.</returns>
    public HostPort? TryTake(string endpoint, byte protocol, ushort number)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_held.Values.Any(ports => ports.Any(port => port.Protocol == protocol && port.Number == number)))
                return null;
            try
            {
                var port = HostPort.Take(protocol, number);
                if (!_held.TryGetValue(endpoint, out var ports))
                    _held[endpoint] = ports = [];
                ports.Add(port);
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                return null;
            }
        }
    }

    /// <summary>Does nothing for an endpoint that has none.</summary>
    public void Release(string endpoint)
    {
        lock (_lock)
        {
            if (_held.Remove(endpoint, out var ports))
                ports.ForEach(port => port.Dispose());
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var port in _held.Values.SelectMany(ports => ports))
                port.Dispose();
            _held.Clear();
        }
    }
}
