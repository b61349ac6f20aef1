using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Weft.Linux.Interop;
using static Weft.Linux.Interop.LibcConstants;

namespace Weft.Linux.Namespaces;

/// <summary>Runs one function at a time inside network namespaces, on a thread of its own.</summary>
/// <remarks>
/// A namespace belongs to a thread, and a thread started by another inherits its namespace. So the thread goes home
/// before it reports a result: were the pool to grow on the way, the new pool thread would stay in the visited
/// namespace for ever. Going home at once also lets a namespace die with its last user; an idle thread pins none. A
/// thread that cannot go home ends. A few threads are kept for the next caller.
/// </remarks>
sealed class NamespaceThread : IDisposable
{
    const int Kept = 8;
    static readonly ConcurrentStack<NamespaceThread> Idle = new();

    readonly SemaphoreSlim _given = new(0);
    readonly SemaphoreSlim _done = new(0);
    Action? _work;
    SafeFd? _target;
    ExceptionDispatchInfo? _failure;
    bool _homeless;

    NamespaceThread() =>
        new Thread(Loop) { IsBackground = true, Name = "weft-netns" }.Start();

    /// <summary>Runs <paramref name="work"/> in the namespace, or in one made anew when it is null.</summary>
    internal static void Run(SafeFd? target, Action work)
    {
        if (!Idle.TryPop(out var thread))
            thread = new NamespaceThread();
        thread.Visit(target, work);
    }

    void Visit(SafeFd? target, Action work)
    {
        (_target, _work, _failure) = (target, work, null);
        _given.Release();
        _done.Wait();
        var failure = _failure;
        (_target, _work, _failure) = (null, null, null);
        Retire();
        failure?.Throw();
    }

    void Retire()
    {
        if (!_homeless && Idle.Count < Kept)
            Idle.Push(this);
        else
            _given.Release(); // nothing given: the loop ends
    }

    void Loop()
    {
        SafeFd? home = null;
        while (true)
        {
            _given.Wait();
            if (_work is null)
                break;
            Step(ref home);
            _done.Release();
        }
        home?.Dispose();
        Dispose();
    }

    void Step(ref SafeFd? home)
    {
        try
        {
            home ??= NetNs.OpenFile("/proc/thread-self/ns/net");
            Enter();
            try
            {
                _work!();
            }
            finally
            {
                _homeless = Libc.SetNs(home, CLONE_NEWNET) < 0;
            }
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
    }

    void Enter()
    {
        if (_target is { } target)
            LinuxException.ThrowIfNegative(Libc.SetNs(target, CLONE_NEWNET), "enter network namespace");
        else
            LinuxException.ThrowIfNegative(Libc.Unshare(CLONE_NEWNET), "create network namespace");
    }

    public void Dispose()
    {
        _given.Dispose();
        _done.Dispose();
    }
}
