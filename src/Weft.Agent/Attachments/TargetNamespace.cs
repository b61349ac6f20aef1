using System.Globalization;
using Weft.Linux;
using Weft.Model.Local;
using Weft.Model.Validation;

namespace Weft.Agent.Attachments;

/// <summary>A running container of this host's engine.</summary>
/// <param name="Id">Full.</param>
/// <param name="Name">Without the slash.</param>
/// <param name="Pid">Of its first process, in the agent's PID namespace.</param>
public sealed record ContainerProcess(string Id, string Name, int Pid);

/// <summary>Finds a running container by id or name; null: there is none. Given by the engine's driver.</summary>
public delegate Task<ContainerProcess?> FindContainer(string idOrName, CancellationToken cancellation);

/// <summary>The namespace that a request means.</summary>
/// <param name="Namespace">Open.</param>
/// <param name="Method">How it was named.</param>
/// <param name="Target">What it was named.</param>
/// <param name="Device">The same for the port's document.</param>
/// <param name="SuggestedName">For the port; null: none.</param>
sealed record TargetNamespace(NetNs Namespace, AttachMethod Method, string Target, string Device, string? SuggestedName)
    : IDisposable
{
    public void Dispose() => Namespace.Dispose();

    /// <summary>Exactly one of the three ways to name one must be used.</summary>
    internal static Fault? Check(AttachPortRequest request)
    {
        var given = (request.Netns is null ? 0 : 1) + (request.Pid is null ? 0 : 1) + (request.Container is null ? 0 : 1);
        return given switch
        {
            0 => new("netns", "say what to attach: netns, pid or container"),
            > 1 => new("netns", "only one of netns, pid and container may be given"),
            _ when request.Pid is <= 0 => new("pid", "not a process id"),
            _ when request.Netns is "" => new("netns", "must not be empty"),
            _ when request.Container is "" => new("container", "must not be empty"),
            _ => null,
        };
    }

    /// <exception cref="AttachException">There is no such namespace, process or container.</exception>
    internal static async Task<TargetNamespace> OpenAsync(
        AttachPortRequest request, FindContainer? findContainer, CancellationToken cancellation)
    {
        if (request.Netns is { } netns)
        {
            var path = netns.Contains('/', StringComparison.Ordinal) ? netns : $"/run/netns/{netns}";
            return new(Open("netns", () => NetNs.Open(path)), AttachMethod.Netns, netns, $"netns:{netns}", null);
        }
        if (request.Pid is { } pid)
        {
            var text = pid.ToString(CultureInfo.InvariantCulture);
            return new(Open("pid", () => NetNs.OpenProcess(pid)), AttachMethod.Pid, text, $"pid:{text}", null);
        }
        var name = request.Container!;
        if (findContainer is null)
            throw new AttachException(AttachError.Unavailable, "container", "this agent has no container engine to ask");
        var container = await findContainer(name, cancellation).ConfigureAwait(false)
            ?? throw new AttachException(AttachError.NotFound, "container", $"there is no running container '{name}'");
        var ns = Open("container", () => NetNs.OpenProcess(container.Pid));
        return new(ns, AttachMethod.Container, name, $"container:{container.Id}", container.Name);
    }

    static NetNs Open(string field, Func<NetNs> open)
    {
        NetNs ns;
        try
        {
            ns = open();
        }
        catch (LinuxException failure)
        {
            throw new AttachException(AttachError.NotFound, field, $"no network namespace there: {failure.Message}");
        }
        using var own = NetNs.OpenCurrent();
        if (ns.Identity != own.Identity)
            return ns;
        ns.Dispose();
        throw new AttachException(AttachError.Invalid, field, "that is the host's own network namespace");
    }
}
