using System.Globalization;

namespace Weft.Dataplane.Abi;

/// <summary>A value that holds one thing twice; the epoch says which one counts, for all values at once.</summary>
interface ISlotted<T> where T : unmanaged, ISlotted<T>
{
    ulong Slot(uint slot);

    T WithSlots(ulong first, ulong second);

    /// <summary>What counts for a new value until the epoch flips: it allows nothing.</summary>
    static abstract ulong Nothing { get; }
}

static class Slots
{
    internal static bool AreEqual<T>(T value) where T : unmanaged, ISlotted<T> => value.Slot(0) == value.Slot(1);

    /// <summary><paramref name="value"/> with <paramref name="counts"/> in the slot that counts and <paramref name="next"/> in the other.</summary>
    internal static T With<T>(T value, uint slot, ulong counts, ulong next) where T : unmanaged, ISlotted<T> =>
        slot == 0 ? value.WithSlots(counts, next) : value.WithSlots(next, counts);

    internal static string Text(ulong first, ulong second) => first == second
        ? string.Create(CultureInfo.InvariantCulture, $"{first:x16}")
        : string.Create(CultureInfo.InvariantCulture, $"{first:x16}/{second:x16}");
}
