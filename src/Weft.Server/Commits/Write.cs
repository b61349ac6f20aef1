using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Server.Commits;

/// <summary>Something to change. All of it happens at one revision, or nothing does.</summary>
public abstract record Write
{
    Write()
    {
    }

    /// <summary>
    /// Creates or replaces a resource. What its document leaves out and the server chooses (vni, subnets,
    /// addresses, MAC) stays as it is when the resource exists. Uid, revision, creation time and status
    /// are the server's: what the document says of them is ignored, but for a uid that differs.
    /// </summary>
    public sealed record Put(Resource Document) : Write
    {
        public PutMode Mode { get; init; } = PutMode.CreateOrReplace;

        /// <summary>The resource must have this revision.</summary>
        public long? IfRevision { get; init; }

        /// <summary>Makes the project when there is none of that name.</summary>
        public bool MakeProject { get; init; }

        /// <summary>Of a reservation without an address: the subnet to choose from.</summary>
        public IPNetwork? Subnet { get; init; }
    }

    /// <summary>Changes what a node may change of a port, its name included.</summary>
    public sealed record UpdatePort(Guid Uid) : Write
    {
        /// <summary>Null keeps the name. If another port has it, a number is appended.</summary>
        public string? Name { get; init; }

        public required IReadOnlyList<string> Aliases { get; init; }

        /// <summary>Null keeps it.</summary>
        public string? Device { get; init; }

        public required IReadOnlyDictionary<string, string> Labels { get; init; }

        /// <summary>Names. Null keeps them.</summary>
        public IReadOnlyList<string>? SecurityGroups { get; init; }

        /// <summary>Null keeps them.</summary>
        public IReadOnlyList<PortMapping>? Published { get; init; }
    }

    /// <summary>Moves a load balancer's floating IPs and proxy to a node, or to none, unless it is elsewhere than it was thought.</summary>
    /// <param name="Uid">Of the load balancer.</param>
    /// <param name="From">The node that it is on; null: none.</param>
    /// <param name="Node">Where it is to be.</param>
    public sealed record PlaceLoadBalancer(Guid Uid, string? From, string? Node) : Write;

    public sealed record Delete(ResourceKey Key) : Write
    {
        /// <summary>The resource must have this revision.</summary>
        public long? IfRevision { get; init; }

        /// <summary>The resource must have this uid; otherwise it is not found.</summary>
        public Guid? Uid { get; init; }

        /// <summary>Of a port: its addresses become reservations of its node.</summary>
        public bool KeepAddresses { get; init; }

        /// <summary>
        /// Of a node: its ports and reservations go with it. Of a port: also when floating IPs lead to it; they keep its name, and
        /// lead nowhere until there is a port of that name again.
        /// </summary>
        public bool Force { get; init; }
    }
}

public enum PutMode
{
    CreateOrReplace,

    /// <summary>Refused when it exists.</summary>
    Create,

    /// <summary>Refused when it does not exist.</summary>
    Replace,

    /// <summary>Of a network: an existing one is the answer, if its subnets agree with those that are asked for.</summary>
    CreateOrExisting,
}
