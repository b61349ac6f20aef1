using System.Net;
using Weft.Model.State;

namespace Weft.Rules.Tables;

/// <summary>Addresses that no rule can tell apart.</summary>
/// <param name="selectors">Ends that they hold and others of their network may not; in order of serial.</param>
sealed class Identity(ulong id, Guid network, string project, bool guarded, RuleEnd[] selectors)
{
    /// <summary>Its port has security groups.</summary>
    internal const ulong Guarded = 1UL << 63;

    /// <summary>Addresses in an external network.</summary>
    internal bool IsOutside => project.Length == 0;

    internal ulong Id => id;

    internal Guid Network => network;

    internal string Project => project;

    internal bool IsGuarded => guarded;

    internal RuleEnd[] Selectors => selectors;

    /// <summary>Addresses that have it.</summary>
    internal int Addresses { get; set; }

    /// <summary>Of them, those of ports of this node.</summary>
    internal int Locals { get; set; }

    internal bool IsLocal => Locals > 0;

    /// <summary>Those with whom it has a pair, either way.</summary>
    internal HashSet<Identity> Partners { get; } = [];

    internal bool Holds(RuleEnd end) => end.IsPlain
        ? end.Concerns(network)
        : Array.BinarySearch(selectors, end, BySerial) >= 0;

    static readonly IComparer<RuleEnd> BySerial =
        Comparer<RuleEnd>.Create(static (one, other) => one.Serial.CompareTo(other.Serial));
}

/// <summary>The identities of one network.</summary>
sealed class NetworkIdentities
{
    internal static readonly NetworkIdentities None = new();

    internal HashSet<Identity> All { get; } = [];

    internal HashSet<Identity> Local { get; } = [];

    internal HashSet<Identity> Guarded { get; } = [];

    /// <summary>Those with whom one of this network or another may have a pair.</summary>
    internal IEnumerable<Identity> PartnersOf(Identity identity, bool isInside)
    {
        var near = identity.IsLocal ? All : Local;
        return isInside && !identity.IsGuarded ? Guarded.Where(near.Contains) : near;
    }
}

/// <summary>A port with what its addresses are to rules.</summary>
/// <param name="identities">As its addresses; null: its identity could not be told from another's.</param>
sealed class PlacedPort(NodePort port, bool isLocal, Identity?[] identities)
{
    internal NodePort Port => port;

    internal bool IsLocal => isLocal;

    internal Identity?[] Identities => identities;

    internal Identity? IdentityOf(IPAddress address)
    {
        var index = port.Addresses.IndexOf(address);
        return index < 0 ? null : identities[index];
    }
}
