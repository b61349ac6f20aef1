using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Linux;
using Weft.Linux.Interop;

namespace Weft.Kernel.Tests.Dataplane;

public sealed class BpfObjectTests
{
    static readonly byte[] s_frame = new byte[64];

    [Theory]
    [InlineData("from_port")]
    [InlineData("from_overlay")]
    [InlineData("from_service")]
    [InlineData("sweep")]
    public void The_kernel_takes_every_program_of_the_vrouter(string hook)
    {
        using var bpf = BpfObject.OpenEmbedded(hook);

        bpf.Load();

        using var program = bpf.Program();
        Assert.Equal(hook, program.Name);
        Assert.True(program.Id > 0);
    }

    [Fact]
    public void A_packet_of_an_interface_without_a_port_is_dropped_and_counted_for_that_interface()
    {
        using var host = new TestNamespace("object");
        Command.Run(host, "ip", "link", "add", "v0", "index", "77", "type", "veth", "peer", "name", "v1");
        using var bpf = BpfObject.OpenEmbedded("from_port");
        bpf.Load();
        using var program = bpf.Program();
        using var drops = bpf.PerCpuMap<DropKey, Counter>("weft_drops");

        var result = host.Ns.Run(() => program.TestRun(s_frame, new SkBuff { Ifindex = 77 }));

        const int shot = 2;
        Assert.Equal(shot, result.Verdict);
        Assert.Equal(s_frame, result.Packet);
        var counter = drops.Sum(new DropKey { Ifindex = 77, Reason = DropReason.UnknownPort });
        Assert.Equal(1u, counter.Packets);
    }

    [Fact]
    public void Constants_are_set_before_load_by_name()
    {
        using var bpf = TestObject.Open("""
            struct pair { __u32 first, second; };
            const volatile __u32 other = 7;
            const volatile struct pair pair = { 1, 2 };
            SEC("tc") int answer(struct __sk_buff *skb) { return other + pair.first * pair.second; }
            """);
        bpf.SetConstant("pair", (First: 10u, Second: 20u));
        bpf.Load();
        using var program = bpf.Program();

        Assert.Equal(207, program.TestRun(s_frame).Verdict);
        Assert.Throws<ArgumentException>(() => bpf.SetConstant("nothing", 1u));
        Assert.Throws<ArgumentException>(() => bpf.SetConstant("pair", 1u));
    }

    [Fact]
    public void A_refused_program_says_why_and_keeps_the_whole_log()
    {
        using var bpf = TestObject.Open("""
            SEC("tc") int careless(struct __sk_buff *skb)
            { return *((__u8 *)(long)skb->data + 20); }
            """);

        var refusal = Assert.Throws<BpfVerifierException>(bpf.Load);

        Assert.Equal("careless", refusal.Program);
        Assert.Contains("invalid access to packet", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("processed", refusal.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_an_object_is_refused_at_opening() =>
        Assert.Throws<LinuxException>(() => BpfObject.Open("rubbish", new byte[100]));

    [Fact]
    public void A_map_of_another_layout_is_not_used_again()
    {
        const string source = """
            struct {{ __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, {0}); __type(key, __u32); __type(value, {1}); }}
            numbers SEC(".maps");
            SEC("tc") int count(struct __sk_buff *skb)
            {{ __u32 key = 1; {1} value = 5; return bpf_map_update_elem(&numbers, &key, &value, 0); }}
            """;
        using var first = TestObject.Open(Fill(source, "8", "__u32"));
        first.Load();
        using var fd = first.MapFd("numbers");
        using var same = TestObject.Open(Fill(source, "8", "__u32"));
        using var larger = TestObject.Open(Fill(source, "8", "__u64"));
        using var longer = TestObject.Open(Fill(source, "9", "__u32"));

        same.UseMap("numbers", fd);
        Assert.Contains("values of 4 bytes, wanted 8",
            Assert.Throws<InvalidOperationException>(() => larger.UseMap("numbers", fd)).Message, StringComparison.Ordinal);
        Assert.Contains("8 entries, wanted 9",
            Assert.Throws<InvalidOperationException>(() => longer.UseMap("numbers", fd)).Message, StringComparison.Ordinal);

        same.Load();
        using var program = same.Program();
        Assert.Equal(0, program.TestRun(s_frame).Verdict);
        using var numbers = first.Map<uint, uint>("numbers");
        Assert.True(numbers.TryGet(1, out var value));
        Assert.Equal(5u, value);
    }

    [Fact]
    public void A_frame_that_is_too_short_is_an_error_with_its_length()
    {
        using var bpf = BpfObject.OpenEmbedded("from_port");
        bpf.Load();
        using var program = bpf.Program();

        var error = Assert.Throws<LinuxException>(() => program.TestRun(new byte[4]));

        Assert.Equal(Errno.EINVAL, error.Errno);
        Assert.Contains("4 bytes", error.Message, StringComparison.Ordinal);
    }

    static string Fill(string source, params string[] values) =>
        string.Format(System.Globalization.CultureInfo.InvariantCulture, source, values);
}
