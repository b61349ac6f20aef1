using System.Globalization;
using System.Net;
using Weft.Model.State;

namespace Weft.Rules.Explaining;

/// <summary>A connection of which one side is outside: by which way it goes, if any.</summary>
sealed record Crossing
{
    readonly ExplainSubject _inside, _outside;
    readonly bool _outwards;

    Crossing(ExplainSubject inside, ExplainSubject outside, bool outwards) => (_inside, _outside, _outwards) = (inside, outside, outwards);

    /// <summary>It comes by a port that is published, or an open mapping.</summary>
    internal bool IsPublished { get; private init; }

    /// <summary>In words, after "out" or "in"; null: there is none.</summary>
    internal string? Way { get; private init; }

    /// <summary>Why there is none, as a sentence; null: there is one.</summary>
    internal string? WhyNone { get; private init; }

    /// <summary>What would make one; null: there is one, or it is not known.</summary>
    internal ExplainedChange? Change { get; private init; }

    /// <summary>Null: neither side is outside.</summary>
    internal static Crossing? Of(ExplainSubject from, ExplainSubject to, Traffic traffic) =>
        to.External is not null && from.Network is not null ? new Crossing(from, to, outwards: true).Outwards()
        : from.External is not null && to.Network is not null ? new Crossing(to, from, outwards: false).Inwards(traffic)
        : null;

    /// <summary>Why it passes where no rule fits.</summary>
    internal string Permission => _outwards
        ? $"no rule fits, and {_inside.Place} has a way out to {_outside.Place}"
        : $"no rule fits, and it comes {Way}, which lets in what no rule mentions";

    Crossing Outwards()
    {
        var network = _inside.Network!;
        var gateways = network.Gateways.IsDefault ? [] : network.Gateways;
        var index = -1;
        for (var i = gateways.Length - 1; i >= 0; i--)
            index = gateways[i].External == _outside.External!.Uid ? i : index;
        if (index < 0)
        {
            return this with
            {
                WhyNone = $"No route: {_inside.Place} has no way out to {_outside.Place}.",
                Change = new(network.Project, "network", network.Name,
                    $"give network {network.Name} in project {network.Project} an external gateway to {_outside.Place}"),
            };
        }
        if (gateways[index].FloatingOnly && FloatingFor(0, 0) is null)
        {
            return this with
            {
                WhyNone = $"Nothing says what port {_inside.Port?.Name} is outside: {_inside.Place} has a way out to {_outside.Place} only by floating IPs of others.",
                Change = new(network.Project, "network", network.Name,
                    $"give network {network.Name} in project {network.Project} an external gateway to {_outside.Place}, or the port a floating IP there"),
            };
        }
        return index > 0 && !_outside.External!.Subnets.Any(subnet => subnet.Prefix.Contains(_outside.Party.Address))
            ? this with
            {
                WhyNone = $"No route: the way out of {_inside.Place} to {_outside.Place} leads to its subnets only, and {_outside.Party.Address} is in none of them.",
            }
            : this with { Way = FloatingFor(0, 0) is { } floating ? $"as floating IP {floating.Address}" : $"by node {_inside.Node}" };
    }

    Crossing Inwards(Traffic traffic)
    {
        var port = _inside.Port;
        var floating = FloatingFor(traffic.Protocol, traffic.DestinationPort);
        var publishing = port is null || !_outside.External!.Default || port.Published.IsDefaultOrEmpty ? null
            : port.Published.Select(mapping => (NodePortMapping?)mapping).FirstOrDefault(mapping => LeadsTo(mapping!.Value, traffic.Protocol, traffic.DestinationPort));
        if (publishing is { } published)
        {
            var outside = published.Ports.First + (traffic.DestinationPort - TargetOf(published));
            return this with
            {
                IsPublished = true,
                Way = string.Create(CultureInfo.InvariantCulture, $"by port {outside} of node {_inside.Node}"),
            };
        }
        if (floating is not null)
            return this with { IsPublished = floating.Open, Way = $"by floating IP {floating.Address}" };
        return this with
        {
            WhyNone = port is null ? null : $"No route: nothing in {_outside.Place} leads to port {port.Project}/{port.Name} for this: "
                + "it has no floating IP there that does, and publishes no port that does.",
            Change = port is null ? null : new(port.Project, "floating-ip", null,
                $"bind a floating IP of {_outside.Place} to port {port.Name}, or publish its port"),
        };
    }

    /// <summary>One to one before one with mappings; those count for what comes in only.</summary>
    NodeFloating? FloatingFor(byte protocol, ushort port) => _inside.Floatings
        .Where(floating => floating.External == _outside.External!.Uid && SameAddress(floating.Target)
            && (floating.Mappings.IsDefaultOrEmpty || !_outwards && floating.Mappings.Any(mapping => LeadsTo(mapping, protocol, port))))
        .OrderBy(floating => floating.Mappings.IsDefault ? 0 : floating.Mappings.Length).FirstOrDefault();

    bool SameAddress(IPAddress target) => target.Equals(_inside.Party.Address);

    static int TargetOf(NodePortMapping mapping) => mapping.TargetPort == 0 ? mapping.Ports.First : mapping.TargetPort;

    static bool LeadsTo(NodePortMapping mapping, byte protocol, ushort port) =>
        mapping.Protocol == protocol && port >= TargetOf(mapping) && port - TargetOf(mapping) <= mapping.Ports.Last - mapping.Ports.First;
}
