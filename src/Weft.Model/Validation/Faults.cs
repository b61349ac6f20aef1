using System.Collections.Immutable;

namespace Weft.Model.Validation;

/// <summary>Collects everything that is wrong with one document.</summary>
public sealed class Faults
{
    readonly List<Fault> list = [];

    public bool Any => list.Count > 0;

    public int Count => list.Count;

    public void Add(string path, string message) => list.Add(new(path, message));

    public void Add(Fault fault) => list.Add(fault);

    public ImmutableArray<Fault> ToImmutable() => [.. list];
}
