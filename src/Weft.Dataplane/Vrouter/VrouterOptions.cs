using System.Numerics;

namespace Weft.Dataplane;

/// <summary>How long a connection may be quiet before it is forgotten; whole seconds.</summary>
public sealed record FlowTimeouts
{
    /// <summary>Established TCP.</summary>
    public TimeSpan Tcp { get; init; } = TimeSpan.FromHours(6);

    /// <summary>TCP after FIN both ways or RST, and unanswered SYN.</summary>
    public TimeSpan TcpClosing { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan Udp { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>ICMP and every other protocol.</summary>
    public TimeSpan Other { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>What is settled when a vrouter is opened.</summary>
public sealed record VrouterOptions
{
    /// <summary>Where maps and links live on; one folder for each node.</summary>
    public PinDirectory Pins { get; init; } = PinDirectory.Of("default");

    /// <summary>UDP port of VXLAN on the fabric (RFC 7348).</summary>
    public ushort VxlanPort { get; init; } = 4789;

    /// <summary>Entries of the flow table; a connection takes two. Its memory is taken at once: about 300 bytes each.</summary>
    public uint FlowTableSize { get; init; } = 262_144;

    /// <summary>Routes of all networks that have ports here, one for each address and prefix.</summary>
    public uint RouteTableSize { get; init; } = 262_144;

    /// <summary>Pairs of identities that have rules.</summary>
    public uint PolicyTableSize { get; init; } = 262_144;

    /// <summary>Entries of all tables of rules; memory is taken as they come, about 100 bytes each.</summary>
    public uint VerdictTableSize { get; init; } = 1_048_576;

    /// <summary>Rules that can be counted.</summary>
    public uint RuleCountTableSize { get; init; } = 65_536;

    /// <summary>Room for what rules that log have decided until it is read; a power of two.</summary>
    public uint EventBufferBytes { get; init; } = 1 << 18;

    /// <summary>Whether flows and denials are reported.</summary>
    public bool Reports { get; init; } = true;

    /// <summary>Room for reports until they are read, 240 bytes each; a power of two. What finds none waits in the flow table.</summary>
    public uint ReportBufferBytes { get; init; } = 8 << 20;

    /// <summary>Who was denied what, told apart between two sweeps; its memory is taken at once: about 170 bytes each.</summary>
    public uint DenialTableSize { get; init; } = 16_384;

    public FlowTimeouts FlowTimeouts { get; init; } = new();

    public AttachMode AttachMode { get; init; } = AttachMode.Auto;

    /// <summary>Throws when a value makes no sense.</summary>
    /// <exception cref="ArgumentException">Names the option.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfZero(VxlanPort);
        ArgumentOutOfRangeException.ThrowIfLessThan(FlowTableSize, 1024u);
        ArgumentOutOfRangeException.ThrowIfLessThan(RouteTableSize, 1024u);
        ArgumentOutOfRangeException.ThrowIfLessThan(PolicyTableSize, 1024u);
        ArgumentOutOfRangeException.ThrowIfLessThan(VerdictTableSize, 1024u);
        ArgumentOutOfRangeException.ThrowIfLessThan(RuleCountTableSize, 1024u);
        ArgumentOutOfRangeException.ThrowIfLessThan(DenialTableSize, 1024u);
        ValidateBuffer(EventBufferBytes, nameof(EventBufferBytes));
        ValidateBuffer(ReportBufferBytes, nameof(ReportBufferBytes));
        foreach (var timeout in new[] { FlowTimeouts.Tcp, FlowTimeouts.TcpClosing, FlowTimeouts.Udp, FlowTimeouts.Other })
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.FromSeconds(1), nameof(FlowTimeouts));
    }
    static void ValidateBuffer(uint bytes, string option)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, (uint)Environment.SystemPageSize, option);
        if (!BitOperations.IsPow2(bytes))
            throw new ArgumentOutOfRangeException(option, bytes, "not a power of two");
    }
}
