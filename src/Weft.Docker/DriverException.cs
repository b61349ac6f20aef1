using Weft.Agent.Control;

namespace Weft.Docker;

/// <summary>Why a call of Docker cannot be done, in words for whoever typed the command.</summary>
sealed class DriverException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The answer of a server that said no, or nothing.</summary>
    public static DriverException From(ControlPlaneException answer) => new(Describe(answer), answer);

    static string Describe(ControlPlaneException answer) => answer.Error switch
    {
        ControlPlaneError.Unavailable =>
            $"the Weft server does not answer: {answer.Message}; what runs goes on, try again when it is back",
        _ when answer.Faults.Count > 0 => string.Join("; ", answer.Faults.Select(fault => fault.Message)),
        _ => answer.Message,
    };
}
