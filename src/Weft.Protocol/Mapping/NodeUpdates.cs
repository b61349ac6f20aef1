using System.Collections.Immutable;
using Weft.Model.State;
using Weft.Protocol.V1;

namespace Weft.Protocol.Mapping;

/// <summary>
/// Deltas as messages of bounded size. Only the last message of a delta says in_sync: what comes before
/// is a part, of use to nobody.
/// </summary>
public static class NodeUpdates
{
    // gRPC's readers refuse more than 4 MiB, and one record stays far below the difference.
    const int MaxBytes = 1 << 20;

    /// <summary>At least one message, also for an empty delta: its revision and in_sync are news too.</summary>
    /// <param name="maxRecords">Records and removes in one message. Large records make it fewer.</param>
    public static IEnumerable<NodeUpdate> Split(NodeDelta delta, int maxRecords)
    {
        var (update, bytes) = (new NodeUpdate { Revision = delta.Revision }, 0);
        foreach (var step in Steps(delta))
        {
            var size = step.Upsert?.CalculateSize() ?? step.Remove!.CalculateSize();
            var count = update.Upserts.Count + update.Removes.Count;
            if (count == maxRecords || count > 0 && bytes + size > MaxBytes)
            {
                yield return update;
                (update, bytes) = (new() { Revision = delta.Revision }, 0);
            }
            bytes += size;
            if (step.Upsert is { } record)
                update.Upserts.Add(record);
            else
                update.Removes.Add(step.Remove);
        }
        update.InSync = true;
        yield return update;
    }

    /// <summary>What one message changes. Kinds of records that this version does not know are left out.</summary>
    /// <exception cref="MalformedRecordException">A record is not what its fields say.</exception>
    public static NodeDelta ToDelta(NodeUpdate update)
    {
        var networks = ImmutableArray.CreateBuilder<NodeNetwork>();
        var ports = ImmutableArray.CreateBuilder<NodePort>();
        var peers = ImmutableArray.CreateBuilder<NodePeer>();
        var ruleSets = ImmutableArray.CreateBuilder<NodeRuleSet>();
        var rules = ImmutableArray.CreateBuilder<NodeRule>();
        var externals = ImmutableArray.CreateBuilder<NodeExternal>();
        var floatings = ImmutableArray.CreateBuilder<NodeFloating>();
        var balancers = ImmutableArray.CreateBuilder<NodeBalancer>();
        var health = ImmutableArray.CreateBuilder<NodeHealth>();
        var certificates = ImmutableArray.CreateBuilder<NodeCertificate>();
        foreach (var record in update.Upserts)
            switch (record.RecordCase)
            {
                case NodeRecord.RecordOneofCase.Network: networks.Add(Records.ToModel(record.Network)); break;
                case NodeRecord.RecordOneofCase.Port: ports.Add(Records.ToModel(record.Port)); break;
                case NodeRecord.RecordOneofCase.Peer: peers.Add(Records.ToModel(record.Peer)); break;
                case NodeRecord.RecordOneofCase.RuleSet: ruleSets.Add(RuleRecords.ToModel(record.RuleSet)); break;
                case NodeRecord.RecordOneofCase.Rule: rules.Add(RuleRecords.ToModel(record.Rule)); break;
                case NodeRecord.RecordOneofCase.External: externals.Add(OutsideRecords.ToModel(record.External)); break;
                case NodeRecord.RecordOneofCase.Floating: floatings.Add(OutsideRecords.ToModel(record.Floating)); break;
                case NodeRecord.RecordOneofCase.Balancer: balancers.Add(BalancerRecords.ToModel(record.Balancer)); break;
                case NodeRecord.RecordOneofCase.Health: health.Add(BalancerRecords.ToModel(record.Health)); break;
                case NodeRecord.RecordOneofCase.Certificate: certificates.Add(HttpRecords.ToModel(record.Certificate)); break;
            }
        return new(
            update.Revision, networks.DrainToImmutable(), ports.DrainToImmutable(), peers.DrainToImmutable(),
            [.. Removed(update, RecordKey.KeyOneofCase.NetworkUid).Select(key => WireBytes.ToUid(key.NetworkUid, "network_uid"))],
            [.. Removed(update, RecordKey.KeyOneofCase.PortUid).Select(key => WireBytes.ToUid(key.PortUid, "port_uid"))],
            [.. Removed(update, RecordKey.KeyOneofCase.PeerNumber).Select(key => key.PeerNumber)])
        {
            RuleSets = ruleSets.DrainToImmutable(),
            Rules = rules.DrainToImmutable(),
            RemovedRuleSets =
                [.. Removed(update, RecordKey.KeyOneofCase.RuleSetUid).Select(key => WireBytes.ToUid(key.RuleSetUid, "rule_set_uid"))],
            Externals = externals.DrainToImmutable(),
            Floatings = floatings.DrainToImmutable(),
            RemovedExternals =
                [.. Removed(update, RecordKey.KeyOneofCase.ExternalUid).Select(key => WireBytes.ToUid(key.ExternalUid, "external_uid"))],
            RemovedFloatings =
                [.. Removed(update, RecordKey.KeyOneofCase.FloatingUid).Select(key => WireBytes.ToUid(key.FloatingUid, "floating_uid"))],
            RemovedRules = [.. Removed(update, RecordKey.KeyOneofCase.Rule).Select(key => RuleRecords.ToModel(key.Rule))],
            Balancers = balancers.DrainToImmutable(),
            RemovedBalancers =
                [.. Removed(update, RecordKey.KeyOneofCase.BalancerUid).Select(key => WireBytes.ToUid(key.BalancerUid, "balancer_uid"))],
            Certificates = certificates.DrainToImmutable(),
            RemovedCertificates =
                [.. Removed(update, RecordKey.KeyOneofCase.CertificateUid).Select(key => WireBytes.ToUid(key.CertificateUid, "certificate_uid"))],
            Health = health.DrainToImmutable(),
            RemovedHealth = [.. Removed(update, RecordKey.KeyOneofCase.Health).Select(key => BalancerRecords.ToModel(key.Health))],
        };
    }

    static IEnumerable<RecordKey> Removed(NodeUpdate update, RecordKey.KeyOneofCase kind) =>
        update.Removes.Where(key => key.KeyCase == kind);

    static IEnumerable<(NodeRecord? Upsert, RecordKey? Remove)> Steps(NodeDelta delta)
    {
        foreach (var external in delta.Externals)
            yield return (new() { External = OutsideRecords.ToRecord(external) }, null);
        foreach (var network in delta.Networks)
            yield return (new() { Network = Records.ToRecord(network) }, null);
        foreach (var peer in delta.Peers)
            yield return (new() { Peer = Records.ToRecord(peer) }, null);
        foreach (var port in delta.Ports)
            yield return (new() { Port = Records.ToRecord(port) }, null);
        foreach (var set in delta.RuleSets)
            yield return (new() { RuleSet = RuleRecords.ToRecord(set) }, null);
        foreach (var rule in delta.Rules)
            yield return (new() { Rule = RuleRecords.ToRecord(rule) }, null);
        foreach (var floating in delta.Floatings)
            yield return (new() { Floating = OutsideRecords.ToRecord(floating) }, null);
        // Before whom they are for, as the rest: what is named is there.
        foreach (var certificate in delta.Certificates)
            yield return (new() { Certificate = HttpRecords.ToRecord(certificate) }, null);
        foreach (var balancer in delta.Balancers)
            yield return (new() { Balancer = BalancerRecords.ToRecord(balancer) }, null);
        foreach (var health in delta.Health)
            yield return (new() { Health = BalancerRecords.ToRecord(health) }, null);
        foreach (var uid in delta.RemovedFloatings)
            yield return (null, new() { FloatingUid = WireBytes.Of(uid) });
        foreach (var uid in delta.RemovedExternals)
            yield return (null, new() { ExternalUid = WireBytes.Of(uid) });
        foreach (var uid in delta.RemovedPorts)
            yield return (null, new() { PortUid = WireBytes.Of(uid) });
        foreach (var number in delta.RemovedPeers)
            yield return (null, new() { PeerNumber = number });
        foreach (var uid in delta.RemovedNetworks)
            yield return (null, new() { NetworkUid = WireBytes.Of(uid) });
        foreach (var key in delta.RemovedRules)
            yield return (null, new() { Rule = RuleRecords.ToRecord(key) });
        foreach (var uid in delta.RemovedRuleSets)
            yield return (null, new() { RuleSetUid = WireBytes.Of(uid) });
        foreach (var key in delta.RemovedHealth)
            yield return (null, new() { Health = BalancerRecords.ToRecord(key) });
        foreach (var uid in delta.RemovedBalancers)
            yield return (null, new() { BalancerUid = WireBytes.Of(uid) });
        foreach (var uid in delta.RemovedCertificates)
            yield return (null, new() { CertificateUid = WireBytes.Of(uid) });
    }
}
