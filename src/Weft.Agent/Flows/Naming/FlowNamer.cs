using Weft.Agent.Runtime;
using Weft.Dataplane.Abi;
using Weft.Flows;
using Weft.Model.Rules;
using static Weft.Agent.Flows.FlowNames;

namespace Weft.Agent.Flows;

/// <summary>Makes a report of the vrouter a record, with the names that the node knows.</summary>
/// <remarks>
/// Not thread-safe: fills one record again and again. Who calls holds <see cref="FlowNames.Lock"/>. Nothing is allocated; every
/// text is of a table.
/// </remarks>
sealed class FlowNamer(FlowNames names, FlowClock clock)
{
    const byte EchoReply = 0, EchoRequest = 8, EchoRequestV6 = 128, EchoReplyV6 = 129;

    static readonly string[] s_reasons = [.. Enumerable.Range(0, 256).Select(reason => reason == 0 ? "" : Reasons.NameOf((DropReason)reason))];

    readonly FlowRecord _record = new() { Node = names.Node };

    /// <summary>The record; it is another's at the next call.</summary>
    internal FlowRecord Name(in FlowReport report)
    {
        var sight = new Sight(report, names.Scene.FabricInterfaces);
        Describe(report, sight);
        Count(report.Opener, _record.Forward);
        Count(report.Answers, _record.Reply);
        Decide(report);
        var source = NameSource(report, sight);
        NameDestination(report, sight, source);
        Translate(report, sight);
        return _record;
    }

    void Describe(in FlowReport report, in Sight sight)
    {
        var flags = (ReportFlags)report.Flags;
        (_record.Time, _record.Start, _record.Last) = (clock.Micros(report.TimeNs), clock.Micros(report.StartedNs), clock.Micros(report.LastNs));
        _record.ClockOffset = clock.CorrectionMilliseconds;
        _record.Flow = FlowIdentity.Of(report);
        _record.End = (Weft.Flows.FlowEnd)report.End;
        _record.Event = flags.HasFlag(ReportFlags.Denied) ? FlowEvent.Denied
            : flags.HasFlag(ReportFlags.Opened) ? report.End != 0 ? FlowEvent.Whole : FlowEvent.Opened
            : report.End != 0 ? FlowEvent.Closed : FlowEvent.Continued;
        _record.Connections = flags.HasFlag(ReportFlags.Opened) && !sight.IsDenied ? 1u : 0;
        _record.Closed = flags.HasFlag(ReportFlags.Closed) && !sight.IsDenied ? 1u : 0;
        _record.Lumped = flags.HasFlag(ReportFlags.Lumped);
        _record.Observer = sight.IsFromOverlay ? FlowObserver.Exit : FlowObserver.Entry;
        _record.Protocol = report.Key.Protocol;
        _record.IcmpType = report.IcmpType;
        _record.Vni = sight.IsFromOverlay ? report.Key.Vni : report.Vni;
        _record.Source.Address = Number(report.Key.Source);
        _record.Destination.Address = Number(report.Key.Destination);
        // Of other ICMP, the vrouter keeps type and code there.
        var hasPorts = !IpProtocols.HasIcmpTypes(report.Key.Protocol) || report.IcmpType is EchoReply or EchoRequest or EchoRequestV6 or EchoReplyV6;
        _record.Source.Port = hasPorts ? report.Key.SourcePort : (ushort)0;
        _record.Destination.Port = hasPorts ? report.Key.DestinationPort : (ushort)0;
    }

    static void Count(in Carried carried, FlowCounts counts)
    {
        (counts.Packets, counts.Bytes, counts.TotalPackets, counts.TotalBytes) = (carried.Packets, carried.Bytes, carried.TotalPackets, carried.TotalBytes);
        (counts.TcpFlags, counts.Handshake) = (carried.TcpFlags, carried.HandshakeUs);
    }

    void Decide(in FlowReport report)
    {
        var rules = names.RulesOf(report.Policy);
        _record.Policy = rules is { IsGroup: false } ? rules.Name : "";
        _record.Group = rules is { IsGroup: true } ? rules.Name : "";
        _record.Rule = report.Rule;
        _record.Reason = s_reasons[report.DropReason];
        _record.Verdict = ((ReportFlags)report.Flags).HasFlag(ReportFlags.Denied) ? FlowVerdict.Denied : FlowVerdict.Allowed;
    }

    /// <returns>The network that the opener is of; null: unknown.</returns>
    NamedNetwork? NameSource(in FlowReport report, in Sight sight)
    {
        var (end, network) = (_record.Source, names.NetworkOf(report.Key.Vni));
        var port = (sight.IsFromOverlay ? null : names.PortAt(report.Ifindex)) ?? names.PortOf(report.Key.Vni, end.Address);
        if (port is null && sight.IsFromOverlay)
            port = names.JoinedPortOf(report.Key.Vni, end.Address);
        if (port is null && network is { IsExternal: true } && names.FloatingAt(report.Key.Vni, end.Address) is { Port: { } uid })
            port = names.PortOf(uid);
        if (port is not null)
            Set(end, port);
        else if (sight.IsFromOverlay && network is { IsExternal: false })
            Set(end, "", OutsideOf(network), ""); // a client outside, sent on by another node
        else
            Set(end, network is { IsExternal: false } ? network.Project : "", network?.Name ?? "", "");
        if (end.Node.Length == 0 && sight.IsFromOverlay && network is { IsExternal: true })
            end.Node = names.NodeName(report.FromNode); // a port there, by an address that it shares
        (_record.Peer, _record.Encapsulation) = !sight.IsFromOverlay ? ("", FlowEncapsulation.None)
            : (report.FromNode != 0 ? names.NodeName(report.FromNode) : end.Node, FlowEncapsulation.Vxlan);
        _record.Direction = sight.Action == FlowAction.Service ? FlowDirection.Service
            : port is null && (network is { IsExternal: true } ? !sight.IsFromOverlay : sight.IsFromOverlay) ? FlowDirection.Inbound
            : FlowDirection.Internal;
        return network;
    }

    void NameDestination(in FlowReport report, in Sight sight, NamedNetwork? source)
    {
        var (end, asked) = (_record.Destination, _record.Destination.Address);
        var behind = sight.IsRewritten ? Number(report.Rewrite.Destination) : asked;
        var listener = names.ListenerOf(report.Listener) ?? names.VirtualAt(report.Vni, asked);
        (_record.LoadBalancer, _record.Listener) = (listener?.Balancer ?? "", listener?.Listener ?? "");
        if (sight.Action == FlowAction.Service)
        {
            Set(end, _record.Source.Project, _record.Source.Network, "");
            end.Node = names.Node;
            _record.FloatingIp = "";
            return;
        }
        var floating = FloatingOf(report, asked, source);
        var port = (sight.Action == FlowAction.Local ? names.PortAt(report.ToIfindex) : null) ?? names.PortOf(report.Vni, behind)
            ?? (floating?.Port is { } uid ? names.PortOf(uid) : null);
        var network = names.NetworkOf(report.Vni);
        if (port is not null)
            Set(end, port);
        else if (floating is not null)
            Set(end, floating.Project, names.NetworkName(floating.Network), names.NodeName(floating.NodeNumber));
        else
            Set(end, network is { IsExternal: false } ? network.Project : "", network?.Name ?? "", "");
        if (sight.Action == FlowAction.Remote)
        {
            if (end.Node.Length == 0)
                end.Node = names.NodeName(report.Node);
            if (!sight.IsFromOverlay)
                (_record.Peer, _record.Encapsulation) = (names.NodeName(report.Node), FlowEncapsulation.Vxlan);
        }
        if (_record.Direction == FlowDirection.Internal && port is null && floating is null && network is { IsExternal: true })
            _record.Direction = FlowDirection.Outbound;
        _record.FloatingIp = floating?.Name ?? LeftBy(report, sight, source);
    }

    /// <summary>The floating IP that was asked.</summary>
    NamedFloating? FloatingOf(in FlowReport report, UInt128 asked, NamedNetwork? source)
    {
        if (source is { IsExternal: true })
            return names.FloatingAt(report.Key.Vni, asked);
        if (names.FloatingAt(report.Vni, asked) is { } there)
            return there;
        if (source is null || !((FlowFlags)report.FlowFlags).HasFlag(FlowFlags.Rewrite))
            return null;
        foreach (var external in source.Externals) // of this node: both translations at once
        {
            if (names.FloatingAt(external, asked) is { } here)
                return here;
        }
        return null;
    }

    /// <summary>The floating IP that the opener is outside.</summary>
    string LeftBy(in FlowReport report, in Sight sight, NamedNetwork? source)
    {
        if (!sight.IsRewritten || source is null or { IsExternal: true })
            return "";
        var own = Number(report.Rewrite.Source);
        if (own == _record.Source.Address)
            return "";
        foreach (var external in source.Externals)
        {
            if (names.FloatingAt(external, own) is { } floating)
                return floating.Name;
        }
        return "";
    }

    void Translate(in FlowReport report, in Sight sight)
    {
        var (source, destination) = (_record.TranslatedSource, _record.TranslatedDestination);
        (source.Address, source.Port, destination.Address, destination.Port) = (0, 0, 0, 0);
        if (!sight.IsRewritten || sight.Action == FlowAction.Service)
            return; // what the agent's services see means nothing elsewhere
        ref readonly var rewrite = ref report.Rewrite;
        if (rewrite.Source != report.Key.Source || rewrite.SourcePort != report.Key.SourcePort)
            (source.Address, source.Port) = (Number(rewrite.Source), rewrite.SourcePort);
        if (rewrite.Destination != report.Key.Destination || rewrite.DestinationPort != report.Key.DestinationPort)
            (destination.Address, destination.Port) = (Number(rewrite.Destination), rewrite.DestinationPort);
    }

    void Set(FlowEndpoint end, NamedPort port)
    {
        (end.Project, end.Network, end.Name, end.Labels) = (port.Project, port.NetworkName, port.Name, port.Labels);
        end.Node = names.NodeName(port.NodeNumber);
    }

    static void Set(FlowEndpoint end, string project, string network, string node) =>
        (end.Project, end.Network, end.Name, end.Labels, end.Node) = (project, network, "", "", node);

    /// <summary>The external network that clients of a network come from.</summary>
    string OutsideOf(NamedNetwork network) => network.Externals is [var first, ..] ? names.NetworkOf(first)?.Name ?? "" : "";

    /// <summary>What the numbers of a report say about where it was seen.</summary>
    readonly ref struct Sight(in FlowReport report, IReadOnlySet<uint> fabric)
    {
        internal bool IsDenied { get; } = ((ReportFlags)report.Flags).HasFlag(ReportFlags.Denied);

        internal bool IsRewritten { get; } = ((FlowFlags)report.FlowFlags).HasFlag(FlowFlags.Rewrite);

        internal FlowAction Action { get; } = (FlowAction)report.Action;

        /// <summary>Denials name the interface alone.</summary>
        internal bool IsFromOverlay { get; } = ((FlowFlags)report.FlowFlags).HasFlag(FlowFlags.FromOverlay)
            || ((ReportFlags)report.Flags).HasFlag(ReportFlags.Denied) && fabric.Contains(report.Ifindex);
    }
}
