namespace Weft.Agent.Sync;

/// <summary>The host could not join. The message says what to do.</summary>
/// <param name="message">For a person.</param>
/// <param name="mayPass">Trying again later may help, without anyone changing anything here.</param>
/// <param name="cause">What it follows from.</param>
public sealed class EnrollmentException(string message, bool mayPass, Exception? cause = null) : Exception(message, cause)
{
    public bool MayPass { get; } = mayPass;
}
