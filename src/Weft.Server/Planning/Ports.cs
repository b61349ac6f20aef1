using System.Net;
using System.Net.Sockets;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Commits;
using Weft.Server.Ipam;

namespace Weft.Server.Planning;

static class Ports
{
    public static Plan Put(Port document, Port? existing, Workbench bench)
    {
        var draft = Complete(document, existing, bench);
        var key = ResourceKey.Of(draft);
        var faults = new Faults();
        PortRules.Check(draft, faults);
        Projects.CheckExists(draft.Project, bench, faults);
        var network = bench.Snapshot.Find<Network>(ResourceKey.Network(draft.Project, draft.Network));
        if (network is null && draft.Network.Length > 0)
            faults.Add("network", $"there is no network '{NameRules.Shown(draft.Network)}' in project {draft.Project}");
        CheckSecurityGroups(draft, bench, faults);
        if (draft.Node is { } node && bench.Snapshot.Find<Node>(ResourceKey.Node(node)) is null)
            faults.Add("node", $"there is no node '{NameRules.Shown(node)}'");
        if (existing is not null)
            CheckFixed(draft, existing, faults);
        var consumed = new List<Change>();
        var conflicts = new Faults();
        if (network is not null)
            CheckAddresses(draft, key, network, bench, faults, conflicts, consumed);
        CheckPublished(draft, key, bench, faults, conflicts);
        if (Planner.Refusal(faults, conflicts) is { } refused)
            return new(key, refused);
        if (Assign(draft, network!, bench, out var next) is { } exhausted)
            return new(key, exhausted);
        return Workbench.Write(existing, bench.Stamp(next, existing) with { Uid = next.Uid }, consumed, Relies(next));
    }

    /// <summary>What the document leaves out stays as it is; a new one gets its uid, for names and MACs come of it.</summary>
    static Port Complete(Port document, Port? existing, Workbench bench)
    {
        var uid = existing?.Uid ?? bench.NewUid();
        return document with
        {
            Uid = uid,
            Name = document.Name.Length > 0 ? document.Name : FreeName(document.Project, uid, bench),
            MacAddress = document.MacAddress ?? existing?.MacAddress,
            Addresses = document.Addresses is { Count: > 0 } given ? given : existing?.Addresses,
            Aliases = document.Aliases is { Count: > 0 } aliases ? aliases : null,
            Published = document.Published is { Count: > 0 } published ? published : null,
            SecurityGroups = document.SecurityGroups ?? (existing is null ? DefaultGroups(document.Project, bench) : existing.SecurityGroups),
            Status = null,
        };
    }

    /// <summary>What a port that says nothing of groups is made with. Ports from before stay as they are.</summary>
    static string[]? DefaultGroups(string project, Workbench bench) =>
        bench.Snapshot.Find<Project>(ResourceKey.OfProject(project))?.DefaultSecurityGroup is { } group ? [group] : null;

    /// <summary>A fault for each group of the port that is not there.</summary>
    public static void CheckSecurityGroups(Port port, Workbench bench, Faults faults)
    {
        var groups = port.SecurityGroups ?? [];
        for (var i = 0; i < groups.Count && i < PortRules.MostSecurityGroups; i++)
            SecurityGroups.CheckExists(groups[i], port.Project, $"securityGroups[{i}]", bench, faults);
    }

    /// <summary>A network that is internal publishes nothing; what is published on a node is one port's only.</summary>
    /// <param name="port">As it is to be.</param>
    /// <param name="key">Of the port as it is.</param>
    /// <param name="bench">Where the others are looked up.</param>
    /// <param name="faults">Get what is wrong.</param>
    /// <param name="conflicts">Get what belongs to others.</param>
    public static void CheckPublished(Port port, ResourceKey key, Workbench bench, Faults faults, Faults conflicts)
    {
        if (port.Published is not { Count: > 0 } published)
            return;
        if (bench.Snapshot.Find<Network>(ResourceKey.Network(port.Project, port.Network)) is { Internal: true })
            faults.Add("published", $"network {port.Network} is internal: nothing of it can be published");
        for (var i = 0; port.Node is not null && i < published.Count; i++)
        {
            if (published[i] is not { } mapping || bench.Published.Other(port.Node, mapping, key) is not { } other)
                continue;
            var who = other.Port.Project == port.Project ? $"port {other.Port.Name}" : "a port of another project";
            conflicts.Add($"published[{i}].ports", $"{mapping.Protocol} {other.Ports} of node {port.Node} is published by {who}");
        }
    }

    static string FreeName(string project, Guid uid, Workbench bench)
    {
        // The end of a version 7 uid is random.
        var text = uid.ToString("N");
        for (var start = text.Length - 8; start > 16; start--)
        {
            var name = $"port-{text.AsSpan(start, 8)}";
            if (!bench.Snapshot.Resources.ContainsKey(ResourceKey.Port(project, name)))
                return name;
        }
        return $"port-{text}";
    }

    static void CheckFixed(Port next, Port existing, Faults faults)
    {
        if (next.Network != existing.Network)
            faults.Add("network", $"cannot change from {existing.Network} to {NameRules.Shown(next.Network)}; make another port");
        if (existing.Node is null)
            return;
        if (next.MacAddress != existing.MacAddress)
            faults.Add("macAddress", $"cannot change while the port is on node {existing.Node}");
        if (!(next.Addresses ?? []).SequenceEqual(existing.Addresses ?? []))
            faults.Add("addresses", $"cannot change while the port is on node {existing.Node}");
    }

    static void CheckAddresses(
        Port draft, ResourceKey key, Network network, Workbench bench, Faults faults, Faults conflicts, List<Change> consumed)
    {
        var book = bench.Addresses.Of(network, bench.Snapshot);
        Placement.CheckFree(draft.Addresses ?? [], key, draft.Node, network, bench, faults, conflicts, consumed);
        if (draft.MacAddress is { } mac && book.IsTaken(mac, out var other) && other != key)
            conflicts.Add("macAddress", $"{mac} is taken by {Words.Holder(bench.Snapshot, other)}");
    }

    static Outcome.Exhausted? Assign(Port draft, Network network, Workbench bench, out Port next)
    {
        var book = bench.Addresses.Of(network, bench.Snapshot);
        next = draft with { MacAddress = draft.MacAddress ?? FreeMac(draft.Uid, book) };
        if (draft.Addresses is { Count: > 0 })
            return null;
        var chosen = new List<IPAddress>();
        foreach (var family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            if (!book.Has(family))
                continue;
            if (book.Next(family) is not { } address)
                return Placement.Exhausted(network, family, "addresses");
            chosen.Add(address);
        }
        next = next with { Addresses = chosen };
        return null;
    }

    /// <summary>Locally administered (IEEE 802c), from the random end of the uid.</summary>
    static MacAddress FreeMac(Guid uid, NetworkAddresses book)
    {
        var bytes = uid.ToByteArray(bigEndian: true);
        bytes[10] = 0x02;
        var mac = MacAddress.FromBytes(bytes.AsSpan(10));
        while (mac == MacAddress.Gateway || book.IsTaken(mac, out _))
            mac = new(0x02_00_00_00_00_00 | ((mac.Value + 1) & 0xff_ff_ff_ff_ff));
        return mac;
    }

    public static ResourceKey[] Relies(Port port)
    {
        var network = ResourceKey.Network(port.Project, port.Network);
        var groups = (port.SecurityGroups ?? []).Select(group => ResourceKey.SecurityGroup(port.Project, group));
        return port.Node is { } node ? [network, ResourceKey.Node(node), .. groups] : [network, .. groups];
    }
}
