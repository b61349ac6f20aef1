using System.Net;

namespace Weft.Agent.Fabric;

/// <summary>This node's end of the network between nodes.</summary>
/// <param name="Interface">Name.</param>
/// <param name="Ifindex">Index of it.</param>
/// <param name="Address">Where other nodes send to.</param>
/// <param name="Mtu">Bytes of L3 that the interface carries.</param>
public sealed record FabricInfo(string Interface, int Ifindex, IPAddress Address, int Mtu);
