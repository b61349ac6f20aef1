using System.Net;
using CsCheck;
using Weft.Compiler;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;
using Weft.Server.Ipam;

namespace Weft.Tests.Server;

/// <summary>Random writes of what reaches out, and in; and what must hold of it in any cluster.</summary>
static class OutsideWrites
{
    static readonly Gen<string> Project = Gen.Int[0, 1].Select(i => i == 0 ? "default" : "shop");
    static readonly Gen<string> Net = Gen.Int[0, 3].Select(i => $"net-{i}");
    static readonly Gen<string> External = Gen.Int[0, 2].Select(i => i == 2 ? "outside" : $"ext-{i}");
    static readonly Gen<IPAddress> Address = Gen.Int[0, 8].Select(i => IPAddress.Parse($"203.0.113.{i}"));
    static readonly Gen<string?> PortName = Gen.Int[0, 15].Select(i => i > 12 ? null : $"p-{i}");

    static readonly Gen<ExternalGateway?> Gateway = Gen.Select(Gen.Int[0, 5], External, Address, (form, external, address) => form switch
    {
        0 or 1 => null,
        2 => new ExternalGateway(),
        3 => new() { ExternalNetwork = external },
        _ => new()
        {
            ExternalNetwork = external,
            EgressAddresses = new Dictionary<string, IReadOnlyList<IPAddress>> { ["h1"] = [address] },
        },
    });

    static readonly Gen<PortMapping[]?> Mappings = Gen.Select(Gen.Int[0, 3], Gen.UShort[80, 90], Gen.UShort[0, 3], (form, port, more) =>
        form == 0 ? null : new[] { new PortMapping { Protocol = form == 1 ? "udp" : "tcp", Ports = new(port, (ushort)(port + more)) } });

    public static readonly Gen<Write> Any = Gen.Frequency(
        (2, Gen.Select(External, Gen.Bool, Gen.Bool, (name, isDefault, wide) => (Write)new Write.Put(new ExternalNetwork
        {
            Name = name,
            Default = isDefault,
            Subnets = [new() { Prefix = IPNetwork.Parse(wide ? "203.0.113.0/28" : "203.0.113.0/29") }],
        }))),
        (1, External.Select(name => (Write)new Write.Delete(ResourceKey.ExternalNetwork(name)))),
        (8, Gen.Select(Project, Gen.Int[0, 7], External, Gen.Select(Gen.Bool, Address), PortName, Mappings, MakeFloating)),
        (3, Gen.Select(Project, Gen.Int[0, 7], (project, i) => (Write)new Write.Delete(ResourceKey.FloatingIp(project, $"f-{i}")))),
        (4, Gen.Select(Project, Gen.Int[0, 2], Net.Array[0, 2], Gateway, Gen.Enum<PutMode>(), MakeRouter)),
        (2, Gen.Select(Project, Gen.Int[0, 2], (project, i) => (Write)new Write.Delete(ResourceKey.Router(project, $"r-{i}")))),
        (2, Gen.Select(Project, Net, Gateway, Gen.Int[0, 5], (project, net, gateway, form) =>
            (Write)new Write.Put(new Network { Project = project, Name = net, ExternalGateway = gateway, Internal = form == 0 }))),
        (4, Gen.Select(Project, Net, PortName, Gen.Int[0, 2], Mappings, (project, net, name, host, mappings) => (Write)new Write.Put(new Port
        {
            Project = project,
            Network = net,
            Name = name ?? "p-0",
            Node = host == 0 ? null : $"h{host}",
            Published = mappings,
        }))),
        (2, Gen.Select(Project, PortName, (project, name) => (Write)new Write.Delete(ResourceKey.Port(project, name ?? "p-0")) { Force = true })));

    static Write MakeFloating(
        string project, int number, string external, (bool Given, IPAddress Address) address, string? port, PortMapping[]? mappings) =>
        new Write.Put(new FloatingIp
        {
            Project = project,
            Name = number == 7 ? "" : $"f-{number}",
            ExternalNetwork = external,
            Address = address.Given ? address.Address : null,
            Port = port,
            PortMappings = mappings,
        });

    static Write MakeRouter(string project, int number, string[] networks, ExternalGateway? gateway, PutMode mode) => new Write.Put(new Router
    {
        Project = project,
        Name = $"r-{number}",
        Networks = [.. networks.Distinct()],
        ExternalGateway = gateway,
    })
    { Mode = mode };

    /// <summary>Said plainly, from all resources.</summary>
    public static void CheckWhole(Snapshot snapshot)
    {
        Assert.InRange(snapshot.All<ExternalNetwork>().Count(external => external.Default), 0, 1);
        Assert.Distinct(snapshot.All<Network>().Select(network => network.Vni).Concat(snapshot.All<ExternalNetwork>().Select(external => external.Vni)));
        CheckAddresses(snapshot);
        CheckInternal(snapshot);
        var published = snapshot.All<Port>().Where(port => port.Node is not null).SelectMany(port => (port.Published ?? []).SelectMany(mapping =>
            Enumerable.Range(mapping.Ports.First, mapping.Ports.Last - mapping.Ports.First + 1).Select(number => (port.Node, mapping.Protocol, number))));
        Assert.Distinct(published);
    }

    static void CheckAddresses(Snapshot snapshot)
    {
        var taken = snapshot.Resources.Values.SelectMany(ExternalBook.TakenBy).ToList();
        Assert.Distinct(taken);
        Assert.All(taken, one => Assert.Contains(
            snapshot.Find<ExternalNetwork>(ResourceKey.ExternalNetwork(one.External))?.Subnets ?? [],
            subnet => subnet.Prefix.Contains(one.Address) && !subnet.Prefix.BaseAddress.Equals(one.Address) && !one.Address.Equals(subnet.Gateway)));
        Assert.All(snapshot.All<FloatingIp>(), floating => Assert.NotNull(floating.Address));
        var whole = snapshot.All<FloatingIp>().Where(floating => floating is { Port: not null, PortMappings: null });
        Assert.Distinct(whole.Select(floating => (floating.Project, floating.Port, floating.ExternalNetwork)));
    }

    static void CheckInternal(Snapshot snapshot)
    {
        foreach (var network in snapshot.All<Network>().Where(network => network.Internal))
        {
            var key = ResourceKey.Of(network);
            Assert.Null(network.ExternalGateway);
            Assert.DoesNotContain(snapshot.All<Router>(), router => router.ExternalGateway is not null
                && router.Project == network.Project && router.Networks?.Contains(network.Name) == true);
            var ports = snapshot.MembersOf(key).OfType<Port>().ToList();
            Assert.All(ports, port => Assert.Null(port.Published));
            Assert.All(snapshot.All<FloatingIp>(), floating => Assert.NotEqual(network.Uid, OutsideSpecs.Of(floating, snapshot)?.Network));
        }
    }
}
