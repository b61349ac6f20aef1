namespace Weft.Agent.Desired;

/// <summary>An attached port of this node, as the vrouter must know it.</summary>
/// <param name="Uid">Of the port.</param>
/// <param name="Id">The node's own number for it (weft_port.id), 24 bits.</param>
/// <param name="Ifindex">Host side of its interface.</param>
/// <param name="MaxFlows">Connections that it may hold; 0: no limit.</param>
sealed record LocalPort(Guid Uid, uint Id, int Ifindex, uint MaxFlows);

/// <summary>How another node is reached over the fabric now.</summary>
/// <param name="Ifindex">Of the fabric interface.</param>
/// <param name="Local">Own outer address.</param>
/// <param name="NextHop">The node itself or a router.</param>
/// <param name="Mtu">Bytes of L3 that the path carries, as far as this node knows.</param>
sealed record FabricPath(int Ifindex, System.Net.IPAddress Local, System.Net.IPAddress NextHop, int Mtu);
