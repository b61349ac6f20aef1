using System.Globalization;

namespace Weft.Dataplane.Abi;

/// <remarks>Desired routes have one identity; the two slots differ only while a change is on its way.</remarks>
public partial struct RouteEntry : ISlotted<RouteEntry>
{
    /// <summary>Who has the address, in the eyes of policies; writing sets both slots.</summary>
    public ulong Identity
    {
        readonly get => Identity0;
        set => Identity0 = Identity1 = value;
    }

    readonly ulong ISlotted<RouteEntry>.Slot(uint slot) => slot == 0 ? Identity0 : Identity1;

    readonly RouteEntry ISlotted<RouteEntry>.WithSlots(ulong first, ulong second) =>
        this with { Identity0 = first, Identity1 = second };

    // Guarded, and nobody that rules know.
    static ulong ISlotted<RouteEntry>.Nothing => AbiConstants.IdentityGuarded;

    public override readonly string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"action {Action}, vni {Vni}, ifindex {Ifindex}, node {Node}, mac {Mac}, identity {Slots.Text(Identity0, Identity1)}");
}
