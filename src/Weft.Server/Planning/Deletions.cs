using System.Collections.Immutable;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Balancing;
using Weft.Server.Commits;

namespace Weft.Server.Planning;

static class Deletions
{
    public static Plan Make(Write.Delete delete, Workbench bench)
    {
        var key = delete.Key;
        if (bench.Snapshot.Find<Resource>(key) is not { } existing || (delete.Uid is { } uid && uid != existing.Uid))
            return new(key, Planner.NotFound(key));
        if (delete.IfRevision is { } expected && expected != existing.Revision)
            return new(key, new Outcome.RevisionMismatch(key, expected, existing.Revision));
        if (Users(existing, delete.Force, bench) is { } refused)
            return new(key, refused);
        return Plan.Of(key, [new(key, existing, null), .. Consequences(existing, delete, bench)]);
    }

    static Outcome? Users(Resource resource, bool force, Workbench bench) => resource switch
    {
        Project { Name: ProjectResource.DefaultProject } => Planner.Conflict("name", "the default project is always there"),
        Project project => OfProject(project, bench.Snapshot),
        Network network => OfNetwork(network, bench.Snapshot) ?? OfThoseWhoNameIt(network, bench),
        SecurityGroup group => OfThoseWhoNameIt(group, bench),
        ExternalNetwork external => OfExternal(external, bench),
        Port port when !force => OfBalancer(port, bench.Snapshot) ?? OfThoseWhoNameIt(port, bench),
        LoadBalancer balancer => OfThoseWhoNameIt(balancer, bench),
        Certificate certificate => OfThoseWhoNameIt(certificate, bench),
        Node node when !force => OfNode(node, bench.Snapshot),
        _ => null,
    };

    static Outcome.InUse? OfProject(Project project, Snapshot snapshot)
    {
        var networks = snapshot.InProject<Network>(project.Name).ToList();
        var tokens = snapshot.All<Token>().Where(token => token.Projects?.Contains(project.Name) == true).ToList();
        if (networks.Count == 0 && tokens.Count > 0)
        {
            // A later project of the same name must not open itself to them.
            var names = string.Join(", ", tokens.Select(token => token.Name));
            return new($"project {project.Name} is what {Words.Count(tokens.Count, "token")} may use: {names}",
                [.. Words.First(tokens)], tokens.Count);
        }
        return networks.Count == 0
            ? OfWhatNeedsNoNetwork(project, snapshot)
            : new($"project {project.Name} has {Words.Count(networks.Count, "network")}: {Words.List(networks)}",
                [.. Words.First(networks)], networks.Count);
    }

    static Outcome.InUse? OfWhatNeedsNoNetwork(Project project, Snapshot snapshot)
    {
        IEnumerable<ProjectResource> resources =
        [
            .. snapshot.InProject<Policy>(project.Name), .. snapshot.InProject<SecurityGroup>(project.Name),
            .. snapshot.InProject<Router>(project.Name), .. snapshot.InProject<FloatingIp>(project.Name),
            .. snapshot.InProject<Certificate>(project.Name),
        ];
        var keys = resources.Select(ResourceKey.Of).ToList();
        return keys.Count == 0 ? null : new($"project {project.Name} has {Words.List(keys)}", [.. Words.First(keys)], keys.Count);
    }

    /// <summary>Documents of the same project. What another project names is its own affair, and not to be told here.</summary>
    static Outcome.InUse? OfThoseWhoNameIt(ProjectResource resource, Workbench bench)
    {
        var key = ResourceKey.Of(resource);
        var users = bench.References.To(key)
            .Where(user => user.Project == key.Project || user == ResourceKey.OfProject(key.Project))
            .Order().ToList();
        return users.Count == 0 ? null : new($"{Words.Of(key)} is named by {Words.List(users)}", [.. Words.First(users)], users.Count);
    }

    /// <summary>Of no project, and deleted by those who see all of them.</summary>
    static Outcome.InUse? OfExternal(ExternalNetwork external, Workbench bench)
    {
        var users = bench.References.To(ResourceKey.Of(external)).Order().ToList();
        return users.Count == 0 ? null
            : new($"external network {external.Name} is used by {Words.ListWithProjects(users)}", [.. Words.First(users)], users.Count);
    }

    static Outcome.InUse? OfNetwork(Network network, Snapshot snapshot)
    {
        var key = ResourceKey.Of(network);
        var ports = snapshot.MembersOf(key).OfType<Port>().OrderBy(port => port.Name, StringComparer.Ordinal).ToList();
        return Refusal(Words.Of(key), ports) ?? OfBalancers(key, snapshot);
    }

    static Outcome.InUse? OfBalancers(ResourceKey network, Snapshot snapshot)
    {
        var keys = snapshot.MembersOf(network).OfType<LoadBalancer>().Select(ResourceKey.Of).Order().ToList();
        return keys.Count == 0 ? null : new($"{Words.Of(network)} has {Words.List(keys)}", [.. Words.First(keys)], keys.Count);
    }

    static Outcome.InUse? OfBalancer(Port port, Snapshot snapshot) => ProxyPorts.BalancerOf(port, snapshot) is { } balancer
        ? new($"port {port.Name} is the one of load balancer {balancer.Name}, and goes with it", [ResourceKey.Of(balancer)], 1)
        : null;

    static Outcome.InUse? OfNode(Node node, Snapshot snapshot) =>
        Refusal($"node {node.Name}", [.. snapshot.All<Port>().Where(port => port.Node == node.Name)]);

    static Outcome.InUse? Refusal(string what, List<Port> ports) => ports.Count == 0
        ? null
        : new($"{what} has {Words.Count(ports.Count, "port")}: {Words.List(ports)}", [.. Words.First(ports)], ports.Count);

    /// <summary>What goes or comes with the resource, in the same commit.</summary>
    static IEnumerable<Change> Consequences(Resource resource, Write.Delete delete, Workbench bench) => resource switch
    {
        // Reservations only hold addresses for ports to come; without the network there will be none.
        Network network => bench.Snapshot.MembersOf(ResourceKey.Of(network)).Select(Removal),
        Port port when delete.KeepAddresses => Kept(port, bench),
        LoadBalancer balancer => ProxyPorts.Of(balancer, bench.Snapshot) is { } port ? [Removal(port)] : [],
        Node node => bench.Snapshot.All<Port>().Where(port => port.Node == node.Name).Select(Removal)
            .Concat(bench.Snapshot.All<AddressReservation>().Where(held => held.Node == node.Name).Select(Removal))
            .Concat(LoadBalancers.Leave(node, bench.Snapshot)),
        _ => [],
    };

    static Change Removal(Resource resource) => new(ResourceKey.Of(resource), resource, null);

    static ImmutableArray<Change> Kept(Port port, Workbench bench) =>
    [
        .. (port.Addresses ?? []).Select(address => bench.Stamp(new AddressReservation
        {
            Project = port.Project,
            Network = port.Network,
            Name = AddressReservation.NameOf(port.Network, address),
            Address = address,
            Node = port.Node,
        }, null)).Select(held => new Change(ResourceKey.Of(held), null, held)),
    ];
}
