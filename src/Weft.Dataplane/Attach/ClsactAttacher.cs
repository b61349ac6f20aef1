using Weft.Dataplane.Interop;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>Attaches by a filter of the clsact queueing discipline: kernels before 6.6.</summary>
/// <remarks>
/// The kernel keeps the filter with the interface, so nothing needs a pin. Our filter of a hook always has the same priority and
/// handle: attaching again replaces it atomically. Only what this process attached is listed.
/// </remarks>
sealed unsafe class ClsactAttacher : IAttacher
{
    const uint Handle = 1;
    const uint Priority = 0x57; // "W"; filters of other programs usually sit at 1 or at 49152
    const uint UplinkPriority = Priority + 1; // an uplink may be the fabric's interface as well

    readonly HashSet<Attachment> _attached = [];

    public AttachMode Mode => AttachMode.Clsact;

    public void Attach(Attachment at, BpfProgram program)
    {
        var hook = HookOf(at);
        var made = LibBpf.TcHookCreate(&hook);
        if (made < 0 && made != -Errno.EEXIST)
            throw BpfResult.Error(made, $"add clsact to interface {at.Ifindex}");
        LibBpf.TakeWarnings(); // libbpf complains that clsact was there
        var options = Options(at);
        options.prog_fd = (int)program.Fd.DangerousGetHandle();
        options.flags = LibBpf.BPF_TC_F_REPLACE;
        BpfResult.Check(LibBpf.TcAttach(&hook, &options), $"attach {program.Name} to interface {at.Ifindex}");
        GC.KeepAlive(program);
        _attached.Add(at);
    }

    public bool SettleOne() => false;

    public void Detach(Attachment at)
    {
        var hook = HookOf(at);
        var options = Options(at);
        var result = LibBpf.TcDetach(&hook, &options);
        if (result < 0 && -result is not (Errno.ENOENT or Errno.ENODEV or Errno.EINVAL))
            throw BpfResult.Error(result, $"detach from interface {at.Ifindex}");
        LibBpf.TakeWarnings();
        _attached.Remove(at);
    }

    /// <summary>The interface is gone, and the filter with it.</summary>
    internal void Forget(Attachment at) => _attached.Remove(at);

    public IReadOnlyList<Attachment> List() => [.. _attached];

    static bpf_tc_hook HookOf(Attachment at) => new()
    {
        sz = (nuint)sizeof(bpf_tc_hook),
        ifindex = at.Ifindex,
        attach_point = LibBpf.BPF_TC_INGRESS,
    };

    static bpf_tc_opts Options(Attachment at) => new()
    {
        sz = (nuint)sizeof(bpf_tc_opts),
        handle = Handle,
        priority = at.Hook == Hook.Uplink ? UplinkPriority : Priority,
    };
}
