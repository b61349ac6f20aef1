using System.Runtime.InteropServices;
using Weft.Dataplane.Abi;

namespace Weft.Dataplane;

/// <summary>The loaded programs and the maps they share.</summary>
sealed class VrouterPrograms : IDisposable
{
    static readonly (Hook Hook, string File)[] s_hooks =
    [
        (Hook.Port, "from_port"), (Hook.Fabric, "from_overlay"), (Hook.Service, "from_service"), (Hook.Uplink, "from_uplink"),
    ];

    readonly Dictionary<Hook, BpfProgram> _hooks = [];

    VrouterPrograms(MapSet maps) => Maps = maps;

    internal MapSet Maps { get; }

    internal BpfProgram Sweep { get; private set; } = null!;

    internal BpfProgram this[Hook hook] => _hooks[hook];

    internal static VrouterPrograms Load(VrouterOptions options)
    {
        var programs = new VrouterPrograms(new MapSet(options.Pins));
        try
        {
            foreach (var (hook, file) in s_hooks)
                programs._hooks[hook] = programs.Load(file, options);
            programs.Sweep = programs.Load("sweep", options);
            programs.Maps.Pin();
            return programs;
        }
        catch
        {
            programs.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var program in _hooks.Values)
            program.Dispose();
        Sweep?.Dispose();
        Maps.Dispose();
    }

    BpfProgram Load(string file, VrouterOptions options)
    {
        using var bpf = BpfObject.OpenEmbedded(file);
        bpf.SetConstant("config", Configuration(options));
        Maps.Load(bpf, new Dictionary<string, uint>
        {
            ["weft_flows"] = options.FlowTableSize,
            ["weft_routes"] = options.RouteTableSize,
            ["weft_policies"] = options.PolicyTableSize,
            ["weft_verdicts"] = options.VerdictTableSize,
            ["weft_rule_counts"] = options.RuleCountTableSize,
            ["weft_events"] = options.EventBufferBytes,
            ["weft_reports"] = options.ReportBufferBytes,
            ["weft_denials"] = options.DenialTableSize,
        });
        return bpf.Program();
    }

    static DataplaneConfig Configuration(VrouterOptions options) => new()
    {
        VxlanPort = options.VxlanPort,
        Reports = (byte)(options.Reports ? 1 : 0),
        WeakMemory = (byte)(RuntimeInformation.OSArchitecture == Architecture.X64 ? 0 : 1),
        TcpTimeoutS = (uint)options.FlowTimeouts.Tcp.TotalSeconds,
        TcpClosingTimeoutS = (uint)options.FlowTimeouts.TcpClosing.TotalSeconds,
        UdpTimeoutS = (uint)options.FlowTimeouts.Udp.TotalSeconds,
        OtherTimeoutS = (uint)options.FlowTimeouts.Other.TotalSeconds,
    };
}
