namespace Weft.Linux;

/// <summary>What a <see cref="NetlinkMonitor"/> listens to.</summary>
[Flags]
public enum NetworkTopics
{
    None = 0,
    Links = 1,
    Addresses = 2,
    Routes = 4,
    Neighbours = 8,
    All = Links | Addresses | Routes | Neighbours,
}

/// <summary>Something changed in a namespace, whoever did it.</summary>
public abstract record NetworkChange;

/// <summary>A link came, went or changed.</summary>
public sealed record LinkChange(Link Link, bool Removed) : NetworkChange;

public sealed record AddressChange(InterfaceAddress Address, bool Removed) : NetworkChange;

public sealed record RouteChange(Route Route, bool Removed) : NetworkChange;

public sealed record NeighbourChange(Neighbour Neighbour, bool Removed) : NetworkChange;

/// <summary>Changes were lost because they came faster than they were read: list everything again.</summary>
public sealed record ResyncNeeded : NetworkChange;
