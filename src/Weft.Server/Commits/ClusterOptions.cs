using System.Net;

namespace Weft.Server.Commits;

public sealed record ClusterOptions
{
    /// <summary>Networks that are made without a subnet get a piece of it.</summary>
    public IPNetwork DefaultSubnets { get; init; } = IPNetwork.Parse("10.0.0.0/8");

    /// <summary>Length of those pieces, in bits.</summary>
    public int DefaultSubnetLength { get; init; } = 24;

    /// <summary>How many commits are kept in memory for followers that come back.</summary>
    public int KeepCommits { get; init; } = 1_000;

    /// <summary>How many commits a follower may be behind before it has to load everything again.</summary>
    public int MostCommitsBehind { get; init; } = 20_000;
}
