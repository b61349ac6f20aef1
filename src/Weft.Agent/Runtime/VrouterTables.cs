using Weft.Agent.Desired;
using Weft.Dataplane;

namespace Weft.Agent.Runtime;

/// <summary>Hands changed records to the vrouter.</summary>
static class VrouterTables
{
    internal static void Push(DesiredRecords records, Vrouter vrouter)
    {
        Push(records.Nodes, vrouter.Nodes);
        Push(records.Peers, vrouter.Peers);
        Push(records.Networks, vrouter.Networks);
        Push(records.Services, vrouter.Services);
        Push(records.Rules.Verdicts, vrouter.Verdicts);
        Push(records.Rules.Policies, vrouter.Policies);
        Push(records.Outside.Exits, vrouter.Exits);
        Push(records.Outside.Translations, vrouter.Translations);
        Push(records.Outside.Frontends, vrouter.Frontends);
        Push(records.Outside.Uplinks, vrouter.Uplinks);
        Push(records.Balancing.Backends, vrouter.Backends);
        Push(records.Probes.Probes, vrouter.Probes);
        Push(records.Routes, vrouter.Routes);
        Push(records.Ports, vrouter.Ports);
    }

    static void Push<TKey, TValue>(RecordTable<TKey, TValue> records, DesiredTable<TKey, TValue> table)
        where TKey : unmanaged, IEquatable<TKey>
        where TValue : unmanaged, IEquatable<TValue>
    {
        foreach (var key in records.TakeChanged())
        {
            if (records.TryGet(key, out var value))
                table.Set(key, value);
            else
                table.Remove(key);
        }
    }
}
