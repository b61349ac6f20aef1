using System.Net;

namespace Weft.Agent.Sync;

/// <summary>What the server tells other nodes of this one. Published as <c>Latest&lt;FabricEndpoint&gt;</c>.</summary>
/// <param name="Address">Where they send to; null: not known yet, so the node cannot join.</param>
/// <param name="Mtu">Bytes of L3 that the fabric interface carries.</param>
public sealed record FabricEndpoint(IPAddress? Address, int Mtu)
{
    public static readonly FabricEndpoint Unknown = new(null, 0);
}
