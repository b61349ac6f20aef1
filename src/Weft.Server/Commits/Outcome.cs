using System.Collections.Immutable;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;

namespace Weft.Server.Commits;

/// <summary>What became of a <see cref="Write"/>. Only after <see cref="Committed"/> is anything changed.</summary>
public abstract record Outcome
{
    Outcome()
    {
    }

    /// <param name="Resource">As it is now; when deleted, as it was.</param>
    /// <param name="Changed">False when everything was as asked for already: then there is no new revision.</param>
    /// <param name="Snapshot">The first one that holds the change.</param>
    public sealed record Committed(Resource Resource, bool Created, bool Changed, Snapshot Snapshot) : Outcome;

    /// <summary>The document is wrong in itself, or names what does not exist.</summary>
    public sealed record Invalid(ImmutableArray<Fault> Faults) : Outcome;

    public sealed record NotFound(string Message) : Outcome;

    /// <summary>A name, address, MAC or number belongs to something else, or may not change.</summary>
    public sealed record Conflict(ImmutableArray<Fault> Faults) : Outcome;

    /// <param name="Users">The first few of <paramref name="Count"/>.</param>
    public sealed record InUse(string Message, ImmutableArray<ResourceKey> Users, int Count) : Outcome;

    /// <summary>Nothing is left to choose from.</summary>
    public sealed record Exhausted(Fault Fault) : Outcome;

    /// <param name="Actual">0: it does not exist.</param>
    public sealed record RevisionMismatch(ResourceKey Key, long Expected, long Actual) : Outcome;

    /// <summary>In one line, for people.</summary>
    public string Describe() => this switch
    {
        Invalid invalid => Lines(invalid.Faults),
        NotFound notFound => notFound.Message,
        Conflict conflict => Lines(conflict.Faults),
        InUse inUse => inUse.Message,
        Exhausted exhausted => Line(exhausted.Fault),
        RevisionMismatch mismatch => $"{mismatch.Key} is at revision {mismatch.Actual}, not {mismatch.Expected}",
        _ => "done",
    };

    static string Lines(ImmutableArray<Fault> faults) => string.Join("; ", faults.Select(Line));

    static string Line(Fault fault) => fault.Path.Length == 0 ? fault.Message : $"{fault.Path}: {fault.Message}";
}
