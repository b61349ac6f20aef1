namespace Weft.Agent.Flows;

/// <summary>How much records tell of.</summary>
readonly record struct FlowTally(ulong Records, ulong Packets, ulong Bytes)
{
    /// <summary>That they are in; counted of what is lost, since of a damaged one nothing else may be known.</summary>
    public ulong Batches { get; init; }

    public static FlowTally operator +(FlowTally one, FlowTally other) =>
        new(one.Records + other.Records, one.Packets + other.Packets, one.Bytes + other.Bytes) { Batches = one.Batches + other.Batches };
}
