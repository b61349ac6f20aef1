namespace Weft.Server.Rest;

/// <summary>Ends a request with a problem, from where no answer can be returned.</summary>
sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;
}
