using System.Net;
using System.Net.Sockets;
using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Access;

namespace Weft.Server.Advice;

/// <summary>One side of a question, found.</summary>
/// <param name="Name">Of its network; without a project: it is outside.</param>
/// <param name="Network">Null: there is none of that name, which may be told to nobody but its own project; or it is outside.</param>
/// <param name="Port">Null: no port has the address.</param>
/// <param name="Addresses">One, or those of the port.</param>
sealed record ExplainSide(NetworkName Name, Network? Network, Port? Port, IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>Null: it is not outside.</summary>
    public ExternalNetwork? External { get; init; }

    /// <summary>Its network, for people.</summary>
    public string Place => External is { } external ? external.Name : Name.ToString();

    /// <summary>What is outside is nobody's secret.</summary>
    public bool MayBeSeenBy(Caller caller) => External is not null || caller.MayUse(Name.Project);

    public IPAddress? Of(AddressFamily family) => Addresses.FirstOrDefault(address => address.AddressFamily == family);
}

/// <summary>Finds what a question names; what cannot be found is a fault.</summary>
sealed class ExplainSides(Snapshot snapshot, Caller caller, string project, Faults faults)
{
    public ExplainSide? Find(ExplainEnd? end, string path)
    {
        if (end is { ExternalNetwork: { } external })
            return Outside(external, end, path);
        if (end is { Port: { } port })
            return OfPort(port, end, path);
        if (end is { Address: { } address })
            return OfAddress(address, end.Network, path);
        faults.Add(path, "is required: a port, or an address and its network");
        return null;
    }

    ExplainSide? Outside(string name, ExplainEnd end, string path)
    {
        if (end.Port is not null || end.Network is not null)
            faults.Add($"{path}.externalNetwork", "is outside, where no port or network of this cluster is; give an address with it");
        else if (end.Address is null)
            faults.Add($"{path}.address", "is required: who it is, outside");
        else if (snapshot.Find<ExternalNetwork>(ResourceKey.ExternalNetwork(name)) is { } external)
            return new(new("", name), null, null, [end.Address]) { External = external };
        else
            faults.Add($"{path}.externalNetwork", $"there is no external network '{NameRules.Shown(name)}'");
        return null;
    }

    ExplainSide? OfPort(string text, ExplainEnd end, string path)
    {
        // Written as networks are.
        var name = NetworkName.Of(text, project);
        if (!caller.MayUse(name.Project))
        {
            faults.Add($"{path}.port", $"the token '{caller.Name}' may not see ports of project {NameRules.Shown(name.Project)}: "
                + "give an address and its network");
            return null;
        }
        if (snapshot.Find<Port>(ResourceKey.Port(name.Project, name.Name)) is not { } port)
        {
            faults.Add($"{path}.port", $"there is no port '{NameRules.Shown(name.Name)}' in project {NameRules.Shown(name.Project)}");
            return null;
        }
        if (end.Address is { } address && port.Addresses?.Contains(address) != true)
        {
            faults.Add($"{path}.address", $"{address} is no address of port {port.Name}: {string.Join(", ", port.Addresses ?? [])} are");
            return null;
        }
        var network = snapshot.Find<Network>(ResourceKey.Network(port.Project, port.Network));
        return new(new(port.Project, port.Network), network, port, end.Address is { } one ? [one] : port.Addresses ?? []);
    }

    ExplainSide? OfAddress(IPAddress address, string? text, string path)
    {
        if ((text is null ? NetworkOf(address, path) : NetworkName.Of(text, project)) is not { } name)
            return null;
        var network = snapshot.Find<Network>(ResourceKey.Network(name.Project, name.Name));
        if (network is null && caller.MayUse(name.Project))
        {
            faults.Add($"{path}.network", $"there is no network '{NameRules.Shown(name.Name)}' in project {NameRules.Shown(name.Project)}");
            return null;
        }
        var port = network is null ? null
            : snapshot.MembersOf(ResourceKey.Of(network)).OfType<Port>().FirstOrDefault(port => port.Addresses?.Contains(address) == true);
        return new(name, network, port, [address]);
    }

    /// <summary>The one network of the project that has the address in a subnet.</summary>
    NetworkName? NetworkOf(IPAddress address, string path)
    {
        var found = snapshot.InProject<Network>(project)
            .Where(network => caller.MayUse(project) && network.Subnets?.Any(subnet => subnet.Prefix.Contains(address)) == true)
            .Select(network => network.Name).Take(6).ToList();
        if (found.Count == 1)
            return new(project, found[0]);
        faults.Add($"{path}.network", found.Count == 0
            ? $"is required: no network of project {NameRules.Shown(project)} has {address} in a subnet"
            : $"is required: {address} may be of {string.Join(", ", found)}");
        return null;
    }
}
