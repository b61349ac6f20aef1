using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Model.Addressing;
using static Weft.Kernel.Tests.Packets.OutsideWorld;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Traces towards the outside and to virtual IPs: told where they would go, and no trace of them is left.</summary>
public sealed class OutsideTraceTests : IDisposable
{
    const uint Id = 0xdead_be01;
    const string Mark = "06:12:34:56:78:9a", Virtual4 = "10.0.0.50";

    readonly TestVrouter _node = Node();
    readonly TraceEvents _told;

    public OutsideTraceTests() => _told = _node.TraceEvents();

    public void Dispose()
    {
        _told.Dispose();
        _node.Dispose();
    }

    [Fact]
    public void A_trace_to_the_outside_names_the_exit_and_ends_before_it() =>
        AssertTold(Client4, FlowAction.Uplink, DropReason.None, External);

    [Fact]
    public void A_trace_of_who_is_nobody_outside_says_so()
    {
        _node.RemoveTranslation(Vni, External, A4);
        _node.RemoveTranslation(Vni, External, "0.0.0.0");

        AssertTold(Client4, FlowAction.Drop, DropReason.NoTranslation, null);
    }

    [Fact]
    public void A_trace_that_a_rule_denies_says_so()
    {
        _node.AddPolicy(IdA, IdOutside, 7);
        _node.AddVerdict(VerdictKey.AnyProtocol(7), VerdictEntry.Deny(DropReason.PolicyDenied, 3, 4, reject: true));

        AssertTold(Client4, FlowAction.Drop, DropReason.PolicyDenied, External);
        Assert.Equal(0ul, _node.RuleCount(3, 4).Packets);
    }

    [Fact]
    public void A_trace_to_a_virtual_IP_goes_to_a_member_and_takes_nobodys_turn()
    {
        _node.AddBalancer(Vni, Virtual4);
        AssertTold(Virtual4, FlowAction.Drop, DropReason.NoListener, null);

        _node.AddListener(Vni, Virtual4, Packet.Tcp6, 22, listener: 5, pool: 6);
        _node.AddBackend(7, Vni, B4, 2222);
        _node.AddBackend(8, Vni, C4, 2222);
        _node.AddPool(6, Balance.RoundRobin, 0, 7, 8);
        AssertTold(Virtual4, FlowAction.Local, DropReason.None, Vni);
        AssertTold(Virtual4, FlowAction.Local, DropReason.None, Vni);
    }

    void AssertTold(string to, FlowAction action, DropReason reason, uint? vni)
    {
        _node.Map<TraceKey, TraceEntry>("weft_traces").Set(TraceKey.Of(MacAddress.Parse(Mark)), new() { Id = Id, Ifindex = A });
        var outcome = _node.Run("from_port", A, Packet.Frame(Mark, Gateway).Ip(A4, to).Tcp(1000, 22, TcpFlags.Syn).Bytes());

        Assert.Equal((Verdict.Shot, DropReason.Traced), (outcome.Verdict, outcome.Reason));
        var told = Assert.Single(_told.Poll(default));
        Assert.Equal((Id, action, reason), (told.Id, (FlowAction)told.Action, (DropReason)told.DropReason));
        if (vni is not null)
            Assert.Equal(vni, told.ToVni);
        Assert.Equal((0, 0), (_node.Flows.Count(), _node.Usage.Count()));
        Assert.Equal(0ul, _node.ListenerUsage(5).Total + _node.ListenerUsage(5).Refused);
        Assert.Equal(0ul, _node.Count(CounterId.IcmpErrorsSent) + _node.Count(CounterId.ResetsSent));
    }
}
