using System.Net;
using Weft.Model.Resources;

namespace Weft.Proxy.Balancing;

/// <summary>How one of the members is chosen. They all have a weight, and none of them has to be told apart from others by it.</summary>
abstract class Algorithm
{
    /// <summary>Null: no member may.</summary>
    internal abstract MemberModel? Choose(IPAddress client, Func<MemberModel, bool> may);

    internal static Algorithm Of(string name, MemberModel[] members) => name switch
    {
        Pool.LeastConnections => new LeastConnections(members),
        Pool.SourceHash => new SourceHash(members),
        _ => new RoundRobin(members),
    };
}
