using System.Globalization;
using Weft.Dataplane.Interop;
using Weft.Linux;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>Attaches by tcx links, pinned as links/HOOK-IFINDEX (kernel 6.6).</summary>
/// <remarks>
/// The pin holds the link, the link holds the program: an agent that dies leaves the data plane running. When an
/// interface goes, the kernel empties its links but their pins stay; they show as links of interface 0.
///
/// To make a link the kernel waits for a grace period of RCU with the lock of all interfaces held: about 15 ms, as
/// long as all else that attaching a port takes. So a port gets a clsact filter first, 0.4 ms, and its link when it
/// is quiet (<see cref="SettleOne"/>). While both are there the link's program runs first, and its verdict on a port's
/// packet is always final. To change a link over takes no wait.
/// </remarks>
sealed class TcxAttacher(PinDirectory pins) : IAttacher
{
    readonly ClsactAttacher _quick = new();
    readonly Dictionary<Attachment, BpfProgram> _waiting = [];
    readonly Queue<Attachment> _order = [];

    public AttachMode Mode => AttachMode.Tcx;

    /// <summary>True when the kernel knows tcx: it then looks for the interface, and there is none of this number.</summary>
    internal static bool IsSupported(BpfProgram program)
    {
        var result = Create(program, int.MaxValue);
        return result == -Errno.ENODEV || (result == -Errno.EINVAL
            ? false
            : throw BpfResult.Error(result, "find out whether the kernel has tcx"));

        static int Create(BpfProgram program, int ifindex) => LinkCreate(program, ifindex);
    }

    public void Attach(Attachment at, BpfProgram program)
    {
        if (TakeOver(at, program))
            return;
        if (at.Hook != Hook.Port)
        {
            Link(at, program);
            return;
        }
        _quick.Attach(at, program);
        _waiting[at] = program;
        _order.Enqueue(at);
    }

    public bool SettleOne()
    {
        while (_order.TryDequeue(out var at))
            if (_waiting.TryGetValue(at, out var program))
                return Settle(at, program);
        return false;
    }

    public void Detach(Attachment at)
    {
        File.Delete(PathOf(at));
        _waiting.Remove(at);
        // Also when there was a link: an agent may have died between the two.
        if (at.Hook == Hook.Port)
            _quick.Detach(at);
    }

    public IReadOnlyList<Attachment> List()
    {
        var found = new List<Attachment>(_waiting.Keys);
        foreach (var path in Directory.EnumerateFiles(pins.Links).ToList())
        {
            if (Parse(Path.GetFileName(path)) is not { } at)
                continue;
            using var link = PinDirectory.TryOpen(path);
            if (link is null || IfindexOf(link, path) != at.Ifindex)
                File.Delete(path);
            else if (!_waiting.ContainsKey(at))
                found.Add(at);
        }
        return found;
    }

    bool Settle(Attachment at, BpfProgram program)
    {
        try
        {
            Link(at, program);
            _quick.Detach(at);
        }
        catch (LinuxException gone) when (gone.Errno == Errno.ENODEV)
        {
            _quick.Forget(at);
        }
        catch
        {
            _order.Enqueue(at); // behind the others
            throw;
        }
        _waiting.Remove(at);
        return true;
    }

    bool TakeOver(Attachment at, BpfProgram program)
    {
        var path = PathOf(at);
        using var existing = PinDirectory.TryOpen(path);
        return existing is not null && IfindexOf(existing, path) == at.Ifindex && ChangeOver(existing, program, path);
    }

    void Link(Attachment at, BpfProgram program)
    {
        using var link = BpfResult.Fd(
            LinkCreate(program, at.Ifindex), $"attach {program.Name} to interface {at.Ifindex}");
        PinDirectory.Pin(link, PathOf(at));
    }

    static bool ChangeOver(SafeFd link, BpfProgram program, string path)
    {
        int result;
        unsafe
        {
            result = LibBpf.LinkUpdate(link, program.Fd, null);
        }
        // The interface went between the look and the change.
        if (result == -BpfErrno.ENOLINK)
            return false;
        BpfResult.Check(result, $"change {path} over to the new program");
        return true;
    }

    static unsafe int LinkCreate(BpfProgram program, int ifindex) =>
        LibBpf.LinkCreate(program.Fd, ifindex, LibBpf.BPF_TCX_INGRESS, null);

    static unsafe int IfindexOf(SafeFd link, string path)
    {
        bpf_link_info info;
        var length = (uint)sizeof(bpf_link_info);
        BpfResult.Check(LibBpf.ObjGetInfoByFd(link, &info, ref length), $"read about link {path}");
        return info.type == LibBpf.BPF_LINK_TYPE_TCX ? (int)info.tcx_ifindex : 0;
    }

    string PathOf(Attachment at) => Path.Combine(
        pins.Links, string.Create(CultureInfo.InvariantCulture, $"{Prefix(at.Hook)}-{at.Ifindex}"));

    static string Prefix(Hook hook) => hook switch
    {
        Hook.Port => "port",
        Hook.Fabric => "fabric",
        Hook.Uplink => "uplink",
        _ => "service",
    };

    static Attachment? Parse(string name)
    {
        foreach (var hook in Enum.GetValues<Hook>())
            if (name.StartsWith(Prefix(hook) + '-', StringComparison.Ordinal)
                && int.TryParse(name[(Prefix(hook).Length + 1)..], CultureInfo.InvariantCulture, out var ifindex))
                return new(hook, ifindex);
        return null;
    }
}
