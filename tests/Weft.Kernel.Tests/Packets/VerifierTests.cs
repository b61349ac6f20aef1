using Weft.Dataplane;
using Weft.Dataplane.Abi;

namespace Weft.Kernel.Tests.Packets;

/// <summary>The verifier folds the configuration into the programs, so each configuration is a program of its own.</summary>
public sealed class VerifierTests
{
    static readonly DataplaneConfig[] s_configurations =
    [
        new(),
        TestVrouter.Defaults,
        new()
        {
            VxlanPort = ushort.MaxValue, WeakMemory = 1, Reports = 1, TcpTimeoutS = uint.MaxValue, TcpClosingTimeoutS = uint.MaxValue,
            UdpTimeoutS = uint.MaxValue, OtherTimeoutS = uint.MaxValue,
        },
    ];

    public static MatrixTheoryData<string, int> Programs =>
        new(["from_port", "from_overlay", "from_service", "from_uplink", "sweep"], Enumerable.Range(0, s_configurations.Length));

    [Theory]
    [MemberData(nameof(Programs))]
    public void Every_program_is_accepted_in_every_configuration(string hook, int configuration)
    {
        using var bpf = BpfObject.OpenEmbedded(hook);
        bpf.SetConstant("config", s_configurations[configuration]);

        bpf.Load();

        using var program = bpf.Program();
        Assert.True(program.Id > 0);
    }
}
