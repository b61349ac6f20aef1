namespace Weft.Linux;

/// <summary>
/// What tells one network namespace from another, however it was opened: the nsfs device and inode. The inode can be
/// used again after the namespace is gone.
/// </summary>
public readonly record struct NetNsIdentity(ulong Device, ulong Inode)
{
    public override string ToString() => $"net:[{Inode}]";
}
