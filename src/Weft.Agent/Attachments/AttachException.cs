using Weft.Agent.Control;
using Weft.Model.Validation;

namespace Weft.Agent.Attachments;

public enum AttachError
{
    Invalid,
    NotFound,
    AlreadyExists,
    Exhausted,
    Unavailable,

    /// <summary>The kernel said no.</summary>
    Failed,
}

/// <summary>An attachment could not be made; nothing of it is left.</summary>
public sealed class AttachException(AttachError error, IReadOnlyList<Fault> faults, Exception? cause = null)
    : Exception(string.Join("; ", faults.Select(fault => fault.Message)), cause)
{
    public AttachException(AttachError error, string path, string message, Exception? cause = null)
        : this(error, [new Fault(path, message)], cause)
    {
    }

    public AttachError Error { get; } = error;

    public IReadOnlyList<Fault> Faults { get; } = faults;

    internal static AttachException From(ControlPlaneException failure) => new(
        failure.Error switch
        {
            ControlPlaneError.Invalid => AttachError.Invalid,
            ControlPlaneError.NotFound => AttachError.NotFound,
            ControlPlaneError.AlreadyExists or ControlPlaneError.InUse => AttachError.AlreadyExists,
            ControlPlaneError.Exhausted => AttachError.Exhausted,
            _ => AttachError.Unavailable,
        },
        failure.Faults.Count > 0 ? failure.Faults : [new Fault("", failure.Message)],
        failure);
}
