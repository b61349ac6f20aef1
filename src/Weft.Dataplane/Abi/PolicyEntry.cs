using System.Globalization;

namespace Weft.Dataplane.Abi;

public partial struct PolicyKey
{
    /// <summary>What the opener's identity may do to the identity of whom it asks.</summary>
    public static PolicyKey Of(ulong source, ulong destination) => new() { Source = source, Destination = destination };

    public override readonly string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Source:x16}->{Destination:x16}");
}

/// <remarks>Desired pairs have one table; the two slots differ only while a change is on its way.</remarks>
public partial struct PolicyEntry : ISlotted<PolicyEntry>
{
    /// <summary>Name of the table of rules that answers; writing sets both slots.</summary>
    public ulong Table
    {
        readonly get => Table0;
        set => Table0 = Table1 = value;
    }

    public static PolicyEntry Of(ulong table) => new() { Table = table };

    readonly ulong ISlotted<PolicyEntry>.Slot(uint slot) => slot == 0 ? Table0 : Table1;

    readonly PolicyEntry ISlotted<PolicyEntry>.WithSlots(ulong first, ulong second) =>
        new() { Table0 = first, Table1 = second };

    static ulong ISlotted<PolicyEntry>.Nothing => 0;

    public override readonly string ToString() => $"table {Slots.Text(Table0, Table1)}";
}
