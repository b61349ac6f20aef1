using Weft.Linux;

namespace Weft.Dataplane;

/// <summary>The vrouter's programs on the interfaces of one network namespace.</summary>
sealed class Attachments : IDisposable
{
    // Of 15 ms each, in which no other interface can be changed.
    const int SettledAtOnce = 64;

    readonly VrouterPrograms _programs;
    readonly Lock _lock;
    readonly IAttacher _attacher;
    NetNs? _namespace;
    long _attaches;
    long _attachesSettled;

    internal Attachments(VrouterOptions options, VrouterPrograms programs, Lock vrouterLock)
    {
        _programs = programs;
        _lock = vrouterLock;
        _attacher = AttacherFor(options, programs[Hook.Port]);
        _attacher.List(); // forgets the links of interfaces that went while no agent ran
    }

    internal AttachMode Mode => _attacher.Mode;

    internal void Attach(Attachment at)
    {
        lock (_lock)
        {
            _attacher.Attach(at, _programs[at.Hook]);
            _namespace ??= NetNs.OpenCurrent();
            _attaches++;
        }
    }

    internal void Detach(Attachment at)
    {
        lock (_lock)
            _attacher.Detach(at);
    }

    internal IReadOnlyList<Attachment> List()
    {
        lock (_lock)
            return List_NeedsLock();
    }

    internal IReadOnlyList<Attachment> List_NeedsLock() => _attacher.List();

    /// <summary>Does what attaching put off, unless ports came since the last call: more may be about to come.</summary>
    internal void Settle()
    {
        var attaches = Interlocked.Read(ref _attaches);
        var isQuiet = Interlocked.Exchange(ref _attachesSettled, attaches) == attaches;
        if (!isQuiet || _namespace is null)
            return;
        _namespace.Run(() =>
        {
            for (var i = 0; i < SettledAtOnce && Interlocked.Read(ref _attaches) == attaches; i++)
                lock (_lock)
                    if (!_attacher.SettleOne())
                        return;
        });
    }

    public void Dispose() => _namespace?.Dispose();

    static IAttacher AttacherFor(VrouterOptions options, BpfProgram program)
    {
        if (options.AttachMode == AttachMode.Clsact)
            return new ClsactAttacher();
        if (TcxAttacher.IsSupported(program))
            return new TcxAttacher(options.Pins);
        return options.AttachMode == AttachMode.Auto
            ? new ClsactAttacher()
            : throw new FeatureNotSupportedException("tcx links", new Version(6, 6));
    }
}
