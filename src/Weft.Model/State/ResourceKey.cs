using System.Net;
using Weft.Model.Resources;

namespace Weft.Model.State;

/// <summary>
/// What names one resource. <paramref name="Project"/> is empty for kinds outside of projects. Keys are
/// ordered by kind, project, name, byte by byte.
/// </summary>
public readonly record struct ResourceKey(string Kind, string Project, string Name) : IComparable<ResourceKey>
{
    public static ResourceKey Of(Resource resource) =>
        new(resource.Kind, resource is ProjectResource owned ? owned.Project : "", resource.Name);

    public static ResourceKey OfProject(string name) => new(Resources.Project.KindName, "", name);

    public static ResourceKey Network(string project, string name) => new(Resources.Network.KindName, project, name);

    public static ResourceKey Port(string project, string name) => new(Resources.Port.KindName, project, name);

    public static ResourceKey Node(string name) => new(Resources.Node.KindName, "", name);

    public static ResourceKey Policy(string project, string name) => new(Resources.Policy.KindName, project, name);

    public static ResourceKey SecurityGroup(string project, string name) => new(Resources.SecurityGroup.KindName, project, name);

    public static ResourceKey ExternalNetwork(string name) => new(Resources.ExternalNetwork.KindName, "", name);

    public static ResourceKey FloatingIp(string project, string name) => new(Resources.FloatingIp.KindName, project, name);

    public static ResourceKey Router(string project, string name) => new(Resources.Router.KindName, project, name);

    public static ResourceKey LoadBalancer(string project, string name) => new(Resources.LoadBalancer.KindName, project, name);

    public static ResourceKey Certificate(string project, string name) => new(Resources.Certificate.KindName, project, name);

    public static ResourceKey Token(string name) => new(Resources.Token.KindName, "", name);

    public static ResourceKey Address(string project, string network, IPAddress address) =>
        new(AddressReservation.KindName, project, AddressReservation.NameOf(network, address));

    public int CompareTo(ResourceKey other)
    {
        var kind = string.CompareOrdinal(Kind, other.Kind);
        if (kind != 0)
            return kind;
        var project = string.CompareOrdinal(Project, other.Project);
        return project != 0 ? project : string.CompareOrdinal(Name, other.Name);
    }

    public static bool operator <(ResourceKey left, ResourceKey right) => left.CompareTo(right) < 0;

    public static bool operator <=(ResourceKey left, ResourceKey right) => left.CompareTo(right) <= 0;

    public static bool operator >(ResourceKey left, ResourceKey right) => left.CompareTo(right) > 0;

    public static bool operator >=(ResourceKey left, ResourceKey right) => left.CompareTo(right) >= 0;

    public override string ToString() => Project.Length == 0 ? $"{Kind}/{Name}" : $"{Kind}/{Project}/{Name}";
}
