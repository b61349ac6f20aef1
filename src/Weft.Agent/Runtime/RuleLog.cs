using System.Net;
using Microsoft.Extensions.Logging;
using Weft.Agent.State;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Model.Rules;
using Weft.Model.State;

namespace Weft.Agent.Runtime;

/// <summary>Tells the log what rules that log have decided, with the names that the node knows.</summary>
sealed partial class RuleLog(Func<StateIndex> state, ILogger logger)
{
    readonly ILogger _logger = logger;

    /// <summary>Until cancelled. What comes faster than it is read is lost and counted, and holds up nothing.</summary>
    internal async Task RunAsync(Vrouter vrouter, CancellationToken cancellation)
    {
        using var events = vrouter.OpenEvents();
        await foreach (var told in events.ReadAllAsync(cancellation).ConfigureAwait(false))
            Tell(told);
    }

    internal void Tell(RuleEvent told)
    {
        var index = state();
        var (protocol, key) = (told.Key.Protocol, told.Key);
        var what = IpProtocols.HasIcmpTypes(protocol)
            ? $"{IpProtocols.NameOf(protocol)} {IcmpTypes.NameOf(protocol, told.IcmpType)}"
            : IpProtocols.NameOf(protocol);
        LogDecided(
            told.DropReason == 0 ? "allowed" : "denied", what,
            Side(index, key.Vni, key.Source.ToIPAddress(), protocol, key.SourcePort), Side(index, told.Vni, key.Destination.ToIPAddress(), protocol, key.DestinationPort),
            told.Rule, SetName(index.State, told.Policy));
    }

    /// <summary>Of a policy or security group: <c>policy default/logs</c>.</summary>
    internal static string SetName(NodeState state, uint number)
    {
        foreach (var set in state.RuleSets.Values)
        {
            if (set.Number == number)
                return $"{(set.IsGroup ? "security group" : "policy")} {set.Project}/{set.Name}";
        }
        return $"policy #{number}";
    }

    static string Side(StateIndex index, uint vni, IPAddress address, byte protocol, ushort port)
    {
        var text = !IpProtocols.HasPorts(protocol) ? address.ToString() : new IPEndPoint(address, port).ToString();
        return PortAt(index, vni, address) is { } named ? $"{named.Project}/{named.Name} ({text})" : text;
    }

    // Events are few, by a budget in the kernel: a walk is cheaper than an index that every change keeps up.
    static NodePort? PortAt(StateIndex index, uint vni, IPAddress address)
    {
        foreach (var network in index.ByNetwork)
        {
            if (index.State.Networks.GetValueOrDefault(network.Key)?.Vni != vni)
                continue;
            foreach (var port in network.Value.Values)
            {
                if (port.Addresses.Contains(address))
                    return port;
            }
        }
        return null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Connection {Verdict}: {Protocol} from {Source} to {Destination}, by rule {Rule} of {Policy}")]
    partial void LogDecided(string verdict, string protocol, string source, string destination, uint rule, string policy);
}
