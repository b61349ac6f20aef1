using Microsoft.AspNetCore.Http;
using Weft.Server.Access;
using Weft.Server.Rest;

namespace Weft.Server.Flows.Asking;

/// <summary>Who asks now. Safe for any number of threads.</summary>
sealed class AskingSlots(FlowAskOptions options)
{
    readonly Lock _lock = new();
    readonly Dictionary<string, int> _projects = new(StringComparer.Ordinal);
    int _all;
    int _followers;

    /// <summary>Until it is disposed.</summary>
    /// <exception cref="ProblemException">Others ask already.</exception>
    internal IDisposable Take(Caller caller, string? project)
    {
        // An administrator who asks about everything takes from no project's share.
        string[] projects = project is not null ? [project] : [.. caller.Projects ?? Enumerable.Empty<string>()];
        lock (_lock)
        {
            if (_all >= options.MostAtOnce)
                throw Busy($"{options.MostAtOnce} questions about flows are being answered");
            if (projects.FirstOrDefault(one => _projects.GetValueOrDefault(one) >= options.MostOfProject) is { } busy)
                throw Busy($"{options.MostOfProject} questions about flows of project {busy} are being answered");
            Count_NeedsLock(projects, 1);
        }
        return new Slot(() =>
        {
            lock (_lock)
                Count_NeedsLock(projects, -1);
        });
    }

    /// <summary>Until it is disposed.</summary>
    /// <exception cref="ProblemException">Too many follow already.</exception>
    internal IDisposable TakeFollower()
    {
        if (Interlocked.Increment(ref _followers) > options.MostFollowers)
        {
            Interlocked.Decrement(ref _followers);
            throw Busy($"{options.MostFollowers} follow the flows");
        }
        return new Slot(() => Interlocked.Decrement(ref _followers));
    }

    void Count_NeedsLock(string[] projects, int by)
    {
        _all += by;
        foreach (var project in projects)
        {
            if ((_projects[project] = _projects.GetValueOrDefault(project) + by) == 0)
                _projects.Remove(project);
        }
    }

    static ProblemException Busy(string what) => new(new(StatusCodes.Status429TooManyRequests, "too many questions")
    {
        Detail = $"{what} now; that is the limit: ask again in a moment",
        RetryAfter = 1,
    });

    sealed class Slot(Action free) : IDisposable
    {
        Action? _free = free;

        public void Dispose() => Interlocked.Exchange(ref _free, null)?.Invoke();
    }
}
