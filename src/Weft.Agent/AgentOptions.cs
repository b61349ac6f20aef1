using System.Net;
using Weft.Model.Resources;

namespace Weft.Agent;

/// <summary>
/// Settings of one agent. Everything that another agent on the same machine must not share is here, so
/// that several run side by side, each in a network namespace of its own.
/// </summary>
public sealed record AgentOptions
{
    /// <summary>Name of the node in the cluster; a DNS label.</summary>
    public string NodeName { get; init; } = DefaultNodeName();

    /// <summary>Of the server, such as <c>https://10.0.0.1:8473</c>; null: the node stays alone.</summary>
    public Uri? ServerUrl { get; init; }

    /// <summary>To join with; not needed once joined.</summary>
    public string? Token { get; init; }

    /// <summary>Certificate, last state, attachments. Survives reboots.</summary>
    public string StateDirectory { get; init; } = "/var/lib/weft/agent";

    /// <summary>Sockets. Gone after a reboot.</summary>
    public string RuntimeDirectory { get; init; } = "/run/weft";

    /// <summary>On a BPF file system; maps and links of this node live here while agents come and go.</summary>
    public string PinDirectory { get; init; } = "/sys/fs/bpf/weft";

    /// <summary>Interface to other nodes; null: the one of the route to the server, else of the default route.</summary>
    public string? FabricInterface { get; init; }

    /// <summary>Own address towards other nodes; null: the preferred source of that route.</summary>
    public IPAddress? FabricAddress { get; init; }

    /// <summary>UDP port of VXLAN, the same on all nodes (RFC 7348 section 5).</summary>
    public int VxlanPort { get; init; } = 4789;

    public string DefaultProject { get; init; } = ProjectResource.DefaultProject;

    /// <summary>Where names that are nobody's here are asked.</summary>
    public string ResolvConf { get; init; } = "/etc/resolv.conf";

    /// <summary>How many connections one port may hold in the flow table; 0: no limit.</summary>
    public uint MaxFlowsPerPort { get; init; } = 100_000;

    /// <summary>Entries of the flow table; a connection takes two, of about 220 bytes each.</summary>
    public uint FlowTableSize { get; init; } = 262_144;

    /// <summary>Entries of all tables of rules together; memory is taken as they come, about 100 bytes each.</summary>
    public uint VerdictTableSize { get; init; } = 1_048_576;

    /// <summary>
    /// A VXLAN interface that does nothing but make the kernel merge what comes from other nodes (GRO). Turn it off, or
    /// choose another <see cref="VxlanPort"/>, on a host whose own VXLAN interfaces (Swarm's overlay) want the port.
    /// </summary>
    public bool GroAnchor { get; init; } = true;

    /// <summary>Time between two sweeps of the flow table.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Every flow is recorded, and told to the server.</summary>
    public bool FlowRecords { get; init; } = true;

    /// <summary>Time between two records of a connection that lasts.</summary>
    public TimeSpan FlowInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of flow records that wait on disk for the server at most; the oldest go first.</summary>
    public long FlowSpoolBytes { get; init; } = 256L << 20;

    /// <summary>Flow records that wait for the server.</summary>
    public string FlowDirectory => Path.Combine(StateDirectory, "flows");

    /// <summary>Ports with metrics of their own; those beyond are added up. 0: none.</summary>
    public int MetricPorts { get; init; } = 200;

    /// <summary>Files between the agent and the proxy. Private keys are in them.</summary>
    public string ProxyDirectory => Path.Combine(RuntimeDirectory, "proxy");

    /// <summary>What serves the files of <see cref="ProxyDirectory"/>; <c>--state DIR</c> is added.</summary>
    public IReadOnlyList<string> ProxyCommand { get; init; } = DefaultProxyCommand();

    /// <summary>Answers of the local API.</summary>
    public string SocketPath => Path.Combine(RuntimeDirectory, "agent.sock");

    /// <summary>This program, however it was started.</summary>
    static string[] DefaultProxyCommand() => Environment.ProcessPath is { } program && Path.GetFileName(program) != "dotnet"
        ? [program, "proxy"]
        : ["dotnet", Environment.GetCommandLineArgs()[0], "proxy"];

    static string DefaultNodeName() => Environment.MachineName.Split('.')[0].ToLowerInvariant();
}
