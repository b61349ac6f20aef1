using Weft.Dataplane.Abi;

namespace Weft.Dataplane;

/// <summary>Tells the vrouter that what it decided for the flows of a network may no longer hold.</summary>
/// <remarks>
/// A flow keeps the generation of its network's slot from when it was decided; when they differ, its next packet is
/// decided anew. A slot is raised only after the change it announces is in the kernel, and stays due until that works.
/// </remarks>
sealed class Generations(BpfMap<uint, uint> map)
{
    readonly HashSet<uint> _due = [];

    internal void Touch(uint vni) => _due.Add(vni % AbiConstants.Generations);

    internal ReconcileResult Raise()
    {
        List<ReconcileFailure> failures = [];
        var raised = 0;
        foreach (var slot in _due.ToList())
        {
            try
            {
                map.TryGet(slot, out var generation);
                map.Set(slot, generation + 1);
                _due.Remove(slot);
                raised++;
            }
            catch (IOException error)
            {
                failures.Add(new(map.Name, $"{slot}", error));
            }
        }
        return failures.Count == 0 ? ReconcileResult.Nothing : new(raised, failures);
    }
}
