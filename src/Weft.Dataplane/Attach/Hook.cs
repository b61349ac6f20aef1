namespace Weft.Dataplane;

/// <summary>Where packets enter the vrouter; each has its own program.</summary>
public enum Hook
{
    /// <summary>The host side of a port's veth or tap.</summary>
    Port,
    /// <summary>The interface that reaches other nodes.</summary>
    Fabric,
    /// <summary>The host side of the service namespace's veth.</summary>
    Service,
    /// <summary>An interface to an external network.</summary>
    Uplink,
}

/// <summary>How programs are attached to interfaces.</summary>
public enum AttachMode
{
    /// <summary>tcx where the kernel has it, otherwise clsact.</summary>
    Auto,
    /// <summary>Links (kernel 6.6): pinned, changed over atomically, in order with other programs.</summary>
    Tcx,
    /// <summary>A direct-action filter on the clsact queueing discipline (kernel 4.5).</summary>
    Clsact,
}

/// <summary>A program on an interface.</summary>
public readonly record struct Attachment(Hook Hook, int Ifindex);
