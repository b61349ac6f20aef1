namespace Weft.Dataplane;

/// <summary>One way to put a program on the ingress of an interface.</summary>
interface IAttacher
{
    AttachMode Mode { get; }

    /// <summary>Attaches; when an earlier agent's program is there, changes it over without a gap.</summary>
    void Attach(Attachment at, BpfProgram program);

    /// <summary>Does one thing that attaching put off because it takes long; false when there is none.</summary>
    /// <remarks>Like attaching, works on interfaces of the calling thread's network namespace.</remarks>
    bool SettleOne();

    /// <summary>Takes the program off; one that is not there, or an interface that is gone, is fine.</summary>
    void Detach(Attachment at);

    /// <summary>What is attached. Links: earlier agents' too, and those of gone interfaces are forgotten.</summary>
    IReadOnlyList<Attachment> List();
}
