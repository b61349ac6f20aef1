using System.Collections.Immutable;
using System.Net;
using Microsoft.AspNetCore.Http;
using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;
using Weft.Rules;
using Weft.Server.Access;
using Weft.Server.Rest;
using Weft.Server.Sync;

namespace Weft.Server.Advice;

/// <summary>Has a packet sent by the node of its source, and gathers what the nodes on its way tell.</summary>
static class Traces
{
    /// <summary>The nodes tell within milliseconds; who has not by then has not seen the packet.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <returns>Null, with faults, when the question names what is not there.</returns>
    /// <exception cref="ProblemException">It is nobody to send it, or it could not be sent.</exception>
    public static async Task<TraceResult?> MakeAsync(
        ExplainRequest request, Snapshot snapshot, Caller caller, TraceBoard board, TimeProvider time, Faults faults,
        CancellationToken cancellation)
    {
        var sides = new ExplainSides(snapshot, caller, request.Project ?? ProjectResource.DefaultProject, faults);
        var from = sides.Find(request.From, "from");
        var to = sides.Find(request.To, "to");
        var traffic = ExplainTraffic.Of(request, faults);
        if (faults.Any || from is null || to is null)
            return null;
        if (from.External is null && !caller.MayUse(from.Name.Project))
            throw new ProblemException(Problem.Forbidden($"the token '{caller.Name}' may not use project {from.Name.Project}, whose port is to send"));
        if (from.Port is not { } port)
        {
            faults.Add("from", $"no port has {from.Addresses[0]}: a packet can only be sent by a port");
            return null;
        }
        if (Explanations.Family(from, to, traffic, faults) is not { } family)
            return null;
        var (source, destination) = (from.Of(family)!, to.Of(family)!);
        if (port.Node is not { } node)
            throw Impossible($"port {port.Name} is on no node: attach it first");
        using var run = board.Begin(node, Ask(port, source, destination, traffic))
            ?? throw Impossible($"node {node}, which has port {port.Name}, is not connected to the server");
        var (hops, missing) = await GatherAsync(run, node, new TraceHops(caller, snapshot), time, cancellation);
        return Result(hops, missing, traffic) with { From = Side(from, source), To = Side(to, destination, caller) };
    }

    static TraceRequest Ask(Port port, IPAddress source, IPAddress destination, Traffic traffic) => new()
    {
        PortUid = WireBytes.Of(port.Uid),
        Source = WireBytes.Of(source),
        Destination = WireBytes.Of(destination),
        Protocol = traffic.Protocol,
        SourcePort = traffic.SourcePort,
        DestinationPort = traffic.DestinationPort,
        IcmpType = traffic.IcmpType,
    };

    /// <summary>Until the hop at which the packet ends, or nobody tells any more.</summary>
    static async Task<(ImmutableArray<TracedHop> Hops, string? Missing)> GatherAsync(
        TraceRun run, string node, TraceHops words, TimeProvider time, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        var told = new List<TraceAnswer>();
        var hops = new List<TracedHop>();
        var next = node;
        try
        {
            while (true)
            {
                // The second node may be faster than the first in telling.
                while (told.Find(answer => answer.Node == next) is { } answer)
                {
                    told.Remove(answer);
                    hops.Add(words.Of(answer, isSource: hops.Count == 0));
                    if (answer.Report.Action != "remote")
                        return ([.. hops], null);
                    next = answer.Report.NextNode;
                }
                var came = await run.Answers.ReadAsync(either.Token);
                if (came.Node == node && came.Report.Fault.Length > 0)
                    throw Impossible($"node {node} could not send the packet: {came.Report.Fault}");
                told.Add(came);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return ([.. hops], next);
        }
    }

    static TraceResult Result(ImmutableArray<TracedHop> hops, string? missing, Traffic traffic)
    {
        var last = hops.LastOrDefault();
        var (verdict, summary) = (last?.Decision, last?.DropReason) switch
        {
            _ when missing is not null && last is null =>
                ("lost", $"Lost: node {missing} sent the packet, and its vrouter did not tell of it within {Patience.TotalSeconds} s."),
            _ when missing is not null =>
                ("lost", $"Lost on the fabric: node {missing} did not tell of the packet within {Patience.TotalSeconds} s."),
            ("drop", "no-route") => ("no-route", $"No route: it {last!.Text} on node {last.Node}."),
            ("drop", _) => ("denied", $"It {last!.Text} on node {last.Node}."),
            _ => ("allowed", $"It {last!.Text} on node {last.Node}."),
        };
        return new()
        {
            Summary = summary,
            Verdict = verdict,
            From = null!,
            To = null!,
            Traffic = new(
                IpProtocols.NameOf(traffic.Protocol),
                traffic.SourcePort == 0 ? null : traffic.SourcePort,
                IpProtocols.HasPorts(traffic.Protocol) ? traffic.DestinationPort : null,
                IpProtocols.HasIcmpTypes(traffic.Protocol) ? IcmpTypes.NameOf(traffic.Protocol, traffic.IcmpType) : null),
            Hops = hops,
            Missing = missing,
        };
    }

    static TracedSide Side(ExplainSide side, IPAddress address, Caller? caller = null) => new(
        side.Place, side.Port is { } port && caller?.MayUse(port.Project) != false ? $"{port.Project}/{port.Name}" : null,
        address.ToString());

    static ProblemException Impossible(string why) =>
        new(new(StatusCodes.Status409Conflict, "no packet could be sent") { Detail = why });
}
