using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Weft.Proxy.Doors;

/// <summary>One connection of a client: a feature of the connection, and so of each of its requests.</summary>
sealed class ClientConnection(Door door, ConnectionContext connection)
{
    volatile IConnectionLifetimeNotificationFeature? _lifetime;
    volatile bool _draining;

    internal Door Door => door;

    internal ConnectionContext Context => connection;

    /// <summary>It has said nothing yet, so nobody can ask it to end.</summary>
    internal bool IsSilent { get; set; }

    /// <summary>The server has taken it over.</summary>
    internal void Attach(IConnectionLifetimeNotificationFeature? lifetime)
    {
        _lifetime = lifetime;
        if (_draining)
            lifetime?.RequestClose();
    }

    /// <summary>No new requests; those that run go on to their end.</summary>
    internal void Drain()
    {
        _draining = true;
        if (IsSilent)
            Abort("the listener is gone");
        _lifetime?.RequestClose();
    }

    internal void Abort(string reason) => connection.Abort(new ConnectionAbortedException(reason));
}
