using Weft.Model.Validation;

namespace Weft.Model.Local;

/// <summary>Problem details (RFC 9457) of the agent's local API, with every fault that was found.</summary>
public sealed record LocalProblem
{
    public string Type { get; init; } = "about:blank";

    public required string Title { get; init; }

    public required int Status { get; init; }

    public string? Detail { get; init; }

    public IReadOnlyList<Fault>? Errors { get; init; }
}
