namespace Weft.Analytics.Storage;

/// <summary>Is told what a store has committed.</summary>
/// <remarks>
/// Called by whoever appends, after <see cref="IFlowStore.AppendAsync"/> has returned and before the nodes are told; so it
/// returns at once, and never throws. Batches are whose
/// they were: who keeps one keeps a copy.
/// </remarks>
public interface IFlowTap
{
    void Stored(IReadOnlyList<FlowDelivery> deliveries);
}
