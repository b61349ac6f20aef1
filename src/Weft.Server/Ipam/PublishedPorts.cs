using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;

namespace Weft.Server.Ipam;

/// <summary>Who publishes what on which node, as an index of a snapshot that follows its changes.</summary>
sealed class PublishedPorts
{
    readonly Dictionary<(string Node, byte Protocol), SortedDictionary<ushort, (ushort Last, ResourceKey Port)>> taken = [];

    /// <summary>The first port of the range that another publishes on the node; null: none does.</summary>
    public (PortRange Ports, ResourceKey Port)? Other(string node, PortMapping mapping, ResourceKey self)
    {
        if (!IpProtocols.TryParse(mapping.Protocol, out var protocol) || !taken.TryGetValue((node, protocol), out var ranges))
            return null;
        foreach (var (first, (last, port)) in ranges)
        {
            if (first > mapping.Ports.Last)
                break;
            if (last >= mapping.Ports.First && port != self)
                return (new(first, last), port);
        }
        return null;
    }

    public void Reset(Snapshot snapshot)
    {
        taken.Clear();
        foreach (var port in snapshot.All<Port>())
            Add(port);
    }

    public void Follow(IEnumerable<Change> changes)
    {
        foreach (var change in changes)
        {
            if (change.Before is Port before)
                Remove(before);
        }
        foreach (var change in changes)
        {
            if (change.After is Port after)
                Add(after);
        }
    }

    void Add(Port port)
    {
        foreach (var (place, mapping) in Of(port))
        {
            if (!taken.TryGetValue(place, out var ranges))
                taken[place] = ranges = [];
            ranges[mapping.Ports.First] = (mapping.Ports.Last, ResourceKey.Of(port));
        }
    }

    void Remove(Port port)
    {
        foreach (var (place, mapping) in Of(port))
        {
            if (taken.TryGetValue(place, out var ranges) && ranges.Remove(mapping.Ports.First) && ranges.Count == 0)
                taken.Remove(place);
        }
    }

    static IEnumerable<((string, byte), PortMapping)> Of(Port port)
    {
        foreach (var mapping in port.Node is null ? [] : port.Published ?? [])
        {
            if (IpProtocols.TryParse(mapping.Protocol, out var protocol))
                yield return ((port.Node!, protocol), mapping);
        }
    }
}
