namespace Weft.Model.State;

/// <summary>A certificate, for the node whose proxy shows it. No other node is told of it.</summary>
public sealed record NodeCertificate(Guid Uid, string Project, string Name, string Chain, string PrivateKey)
{
    public override string ToString() => $"certificate {Name} (project {Project})";
}
