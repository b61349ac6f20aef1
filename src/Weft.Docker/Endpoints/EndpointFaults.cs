using System.Collections.Concurrent;
using Weft.Agent.State;

namespace Weft.Docker.Endpoints;

/// <summary>Endpoints that were closed, each with why, for the node's status.</summary>
sealed class EndpointFaults(FaultBoard board)
{
    const string Source = "docker endpoints";
    readonly ConcurrentDictionary<string, string> _faults = new(StringComparer.Ordinal);

    public void Set(string endpoint, string fault)
    {
        _faults[endpoint] = fault;
        Tell();
    }

    public void Clear(string endpoint)
    {
        if (_faults.TryRemove(endpoint, out _))
            Tell();
    }

    void Tell() => board.Set(Source, [.. _faults.Values.Order(StringComparer.Ordinal)]);
}
