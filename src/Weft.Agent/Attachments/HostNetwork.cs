using Weft.Linux;

namespace Weft.Agent.Attachments;

/// <summary>The network namespace that the agent works for: its own, in a daemon.</summary>
sealed class HostNetwork : IDisposable
{
    readonly bool _owned;

    HostNetwork(NetNs ns, bool owned)
    {
        _owned = owned;
        Namespace = ns;
        Netlink = Netlink.Open(ns);
        Plumbing = new PortPlumbing(Netlink);
    }

    internal NetNs Namespace { get; }

    internal Netlink Netlink { get; }

    internal PortPlumbing Plumbing { get; }

    internal static HostNetwork OpenCurrent() => new(NetNs.OpenCurrent(), owned: true);

    /// <param name="ns">Stays the caller's.</param>
    internal static HostNetwork Open(NetNs ns) => new(ns, owned: false);

    public void Dispose()
    {
        Netlink.Dispose();
        if (_owned)
            Namespace.Dispose();
    }
}
