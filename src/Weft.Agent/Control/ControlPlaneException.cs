using Weft.Model.Validation;

namespace Weft.Agent.Control;

public enum ControlPlaneError
{
    /// <summary>The request has faults; see <see cref="ControlPlaneException.Faults"/>.</summary>
    Invalid,
    NotFound,
    AlreadyExists,

    /// <summary>Something else depends on it.</summary>
    InUse,

    /// <summary>No address is left.</summary>
    Exhausted,

    /// <summary>No answer; the same call may succeed later.</summary>
    Unavailable,
}

/// <summary>The server said no, or nothing.</summary>
public sealed class ControlPlaneException(
    ControlPlaneError error, string message, IReadOnlyList<Fault>? faults = null, Exception? cause = null)
    : Exception(message, cause)
{
    public ControlPlaneError Error { get; } = error;

    public IReadOnlyList<Fault> Faults { get; } = faults ?? [];
}
