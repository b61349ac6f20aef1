using System.Net;
using Weft.Model.Rules;
using Weft.Rules;
using Weft.Rules.Tables;

namespace Weft.Tests.Rules;

/// <summary>Asks compiled tables as the vrouter does, but plainly.</summary>
sealed class TableReader(RuleTables tables)
{
    /// <summary>Null: there is no route.</summary>
    public RuleVerdict? Ask(Guid from, IPAddress source, Guid fromNetwork, Guid to, IPAddress destination, Guid toNetwork, Traffic traffic)
    {
        if (fromNetwork != toNetwork && !tables.Joins.AreJoined(fromNetwork, toNetwork))
            return null;
        return tables.IdentityOf(from, source) is { } one && tables.IdentityOf(to, destination) is { } other
            ? Ask(one, other, fromNetwork == toNetwork, tables.TableOf(new(one, other)), traffic)
            : RuleVerdict.NoRule;
    }

    /// <summary>Between a port and an address outside; null: there is no route.</summary>
    public RuleVerdict? AskOutside(Guid port, IPAddress inside, Guid network, Guid external, IPAddress outside, bool outwards, Traffic traffic)
    {
        if (!tables.Joins.AreJoined(network, external))
            return null;
        return tables.IdentityOf(port, inside) is { } own && Around(external, outside) is { } other && other == tables.OutsideIdentityOf(external, new(outside, outside.GetAddressBytes().Length * 8))
            ? outwards ? Ask(own, other, false, tables.TableOf(new(own, other)), traffic) : Ask(other, own, false, tables.TableOf(new(other, own)), traffic)
            : throw new InvalidOperationException("no identity");
    }

    ulong Around(Guid external, IPAddress address) => tables.RegionsOf(external)
        .Where(region => region.Key.BaseAddress.AddressFamily == address.AddressFamily && region.Key.Contains(address))
        .MaxBy(region => region.Key.PrefixLength).Value;

    RuleVerdict Ask(ulong one, ulong other, bool isInside, ulong table, Traffic traffic)
    {
        if (table == 0)
            return !isInside ? RuleVerdict.NoRule
                : ((one | other) & 1UL << 63) != 0 ? RuleVerdict.NoGroupRule
                : default;
        var port = IpProtocols.HasPorts(traffic.Protocol) ? traffic.DestinationPort
            : IpProtocols.HasIcmpTypes(traffic.Protocol) ? traffic.IcmpType
            : (ushort)0;
        var answer = LongestMatch(tables.Tables[table], traffic.Protocol, port);
        return answer.Next == 0 ? answer.Verdict : LongestMatch(tables.Tables[answer.Next], traffic.Protocol, traffic.SourcePort).Verdict;
    }

    static TableAnswer LongestMatch(RuleTable table, byte protocol, ushort port) => table.Entries
        .Where(entry => entry.Key.Protocol is null
            || entry.Key.Protocol == protocol && port >> 16 - entry.Key.Bits == entry.Key.Port >> 16 - entry.Key.Bits)
        .MaxBy(entry => entry.Key.Protocol is null ? -1 : entry.Key.Bits)
        .Answer;

    /// <summary>What the reference evaluator says, in the words of tables; null: no route.</summary>
    public static RuleVerdict? Expected(Decision decision) =>
        decision.Verdict == Verdict.NoRoute ? null
        : decision is { Verdict: Verdict.Allowed, Deciding.Permission: not OutsidePermission.None, Rule: null } ? RuleVerdict.NoRule
        : new(decision.Reason, decision.Rule?.Set.Number ?? 0, decision.Rule?.Id ?? 0, decision.Reject, decision.Log);
}
