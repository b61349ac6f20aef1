namespace Weft.Dataplane;

/// <summary>One way to put a program on the ingress of an interface.</summary>
interface IAttacher
{
    AttachMode Mode { get; }

    /// <summary>Attaches; when an earlier agent's program is there, changes it over without a gap.</summary>
    void Attach(Attachment at, BpfProgram program);

    /// <summary>Takes the program off; one that is not there, or an interface that is gone, is fine.</summary>
    void Detach(Attachment at);

    /// <summary>What is attached. Links: earlier agents' too, and those of gone interfaces are forgotten.</summary>
    IReadOnlyList<Attachment> List();
}
