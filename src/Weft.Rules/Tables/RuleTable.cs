using System.Collections.Immutable;

namespace Weft.Rules.Tables;

/// <summary>What is said about a connection.</summary>
/// <param name="Policy">Number of the policy or security group that decided; 0: none.</param>
/// <param name="Rule">Id of its rule.</param>
/// <param name="Reject">The sender is told.</param>
/// <param name="Log">The connection is told to the log.</param>
public readonly record struct RuleVerdict(DenyReason Reason, uint Policy, uint Rule, bool Reject, bool Log)
{
    /// <summary>Between two networks when no table says otherwise.</summary>
    public static readonly RuleVerdict NoRule = new(DenyReason.PolicyNoRule, 0, 0, false, false);

    /// <summary>Inside a network, when a port is guarded and no table says otherwise.</summary>
    public static readonly RuleVerdict NoGroupRule = new(DenyReason.GroupDenied, 0, 0, false, false);

    public bool Passes => Reason == DenyReason.None;
}

/// <summary>A verdict, or the table that gives it.</summary>
/// <param name="Next">Not 0: the table to ask with the source port; then the verdict says nothing.</param>
public readonly record struct TableAnswer(RuleVerdict Verdict, ulong Next);

/// <summary>What an entry is about. Of those that cover a packet the one with the most bits answers.</summary>
/// <param name="Protocol">Null: any; then nothing of the port counts.</param>
/// <param name="Port">Destination port or ICMP type; in a second table the source port. Bits that do not count are 0.</param>
/// <param name="Bits">How many bits of the port count, from the highest: 0 to 16.</param>
public readonly record struct TableKey(byte? Protocol, ushort Port, byte Bits);

public readonly record struct TableEntry(TableKey Key, TableAnswer Answer);

/// <summary>Verdicts by protocol and port. It never changes: its id is a hash of its entries.</summary>
/// <param name="Entries">In one order for one content; each packet is covered by one of them at least.</param>
public sealed record RuleTable(ulong Id, ImmutableArray<TableEntry> Entries)
{
    /// <summary>The same entries; of two with one id it says whether they are one.</summary>
    internal bool HasEntriesOf(RuleTable other) => Entries.AsSpan().SequenceEqual(other.Entries.AsSpan());
}

/// <summary>Who opens a connection to whom, by identity.</summary>
public readonly record struct IdentityPair(ulong From, ulong To);
