using Weft.Dataplane.Abi;

namespace Weft.Agent.Flows;

/// <summary>The vrouter's reports, as far as they are still there.</summary>
interface IFlowReports
{
    /// <summary>Names the buffer that positions are of.</summary>
    ulong Ring { get; }

    /// <summary>A quarter of the room, or more, is in use: what finds none, and cannot wait, would be lost.</summary>
    bool IsFilling { get; }

    /// <summary>Tells what there is news of, and forgets what is over.</summary>
    /// <returns>Whether there was no room for all of it: what is read makes room for more.</returns>
    bool Sweep();

    /// <summary>At most so many that were not taken yet; empty: there are none. They are valid until the next call.</summary>
    /// <param name="max">So many.</param>
    /// <param name="position">Behind them.</param>
    ReadOnlyMemory<FlowReport> Take(int max, out ulong position);

    /// <summary>Everything before a position is safe.</summary>
    void Commit(ulong position);

    /// <summary>As <see cref="Commit"/>, of a position that an earlier reader had; false: it means nothing here.</summary>
    bool TrySkipTo(ulong position);
}
