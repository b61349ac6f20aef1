namespace Weft.Flows;

/// <summary>
/// What is stored of a flow: one report of one node about one connection, or about packets that were denied. The fields
/// and what they mean are <see cref="FlowSchema"/>'s.
/// </summary>
/// <remarks>Mutable, so that who makes many fills one again and again.</remarks>
public sealed class FlowRecord
{
    /// <summary>Microseconds since 1970, as all times; the end of what the counts cover.</summary>
    public long Time { get; set; }
    public long Start { get; set; }
    public long Last { get; set; }
    public ulong Flow { get; set; }
    public FlowEvent Event { get; set; }
    public FlowEnd End { get; set; }

    public string Node { get; set; } = "";
    public FlowObserver Observer { get; set; }
    public FlowDirection Direction { get; set; }
    public byte Protocol { get; set; }
    public byte IcmpType { get; set; }

    public FlowEndpoint Source { get; } = new();
    public FlowEndpoint Destination { get; } = new();
    public FlowEndpoint TranslatedSource { get; } = new();
    public FlowEndpoint TranslatedDestination { get; } = new();
    public string FloatingIp { get; set; } = "";
    public string LoadBalancer { get; set; } = "";
    public string Listener { get; set; } = "";

    public uint Connections { get; set; }
    public uint Closed { get; set; }
    public FlowCounts Forward { get; } = new();
    public FlowCounts Reply { get; } = new();

    public FlowVerdict Verdict { get; set; }
    public string Reason { get; set; } = "";
    public string Policy { get; set; } = "";
    public string Group { get; set; } = "";
    public uint Rule { get; set; }
    public bool Lumped { get; set; }

    public string Peer { get; set; } = "";
    public FlowEncapsulation Encapsulation { get; set; }
    public uint Vni { get; set; }
    public int ClockOffset { get; set; }
}

/// <summary>One end of a flow. Of a translated one, only address and port are used.</summary>
public sealed class FlowEndpoint
{
    /// <summary>128 bits; IPv4 is mapped (RFC 4291 section 2.5.5.2). Zero: none.</summary>
    public UInt128 Address { get; set; }
    public ushort Port { get; set; }
    public string Project { get; set; } = "";
    public string Network { get; set; } = "";
    public string Name { get; set; } = "";
    /// <summary>As <see cref="FlowLabels"/> writes them.</summary>
    public string Labels { get; set; } = "";
    public string Node { get; set; } = "";
}

/// <summary>One direction of a flow.</summary>
public sealed class FlowCounts
{
    /// <summary>Since the last record of the flow by this node.</summary>
    public ulong Packets { get; set; }
    /// <summary>Of L3.</summary>
    public ulong Bytes { get; set; }
    public ulong TotalPackets { get; set; }
    public ulong TotalBytes { get; set; }
    public byte TcpFlags { get; set; }
    /// <summary>Microseconds; 0: not seen.</summary>
    public uint Handshake { get; set; }
}

public enum FlowEvent : byte { Opened, Continued, Closed, Whole, Denied }

public enum FlowEnd : byte { None, Finished, Reset, Quiet, Replaced, Changed }

public enum FlowObserver : byte { Entry, Exit }

public enum FlowDirection : byte { Internal, Outbound, Inbound, Service }

public enum FlowVerdict : byte { Allowed, Denied }

public enum FlowEncapsulation : byte { None, Vxlan }
