using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Weft.Cli.Output;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Cli;

/// <summary>One column of a kind's table.</summary>
/// <param name="Wide">Only with <c>-o wide</c>.</param>
sealed record Column(string Heading, Func<JsonObject, TimeProvider, string> Cell, bool Wide = false);

/// <summary>What this program knows of a kind of resource.</summary>
/// <param name="Plural">Its collection in <c>/api/v1</c>.</param>
/// <param name="Aliases">Short names for <c>weft get</c>.</param>
/// <param name="IsOwned">Lives in a project.</param>
/// <param name="Order">Of creation: what others refer to comes first. Deletion goes the other way.</param>
sealed record Kind(
    string Name, string Plural, string[] Aliases, bool IsOwned, int Order, JsonTypeInfo Type, Column[] Columns)
{
    public IEnumerable<string> Names => [Name, Plural, .. Aliases];

    /// <summary>For people: <c>security group</c>.</summary>
    public string Title => Name.Replace('-', ' ');
}

static class Kinds
{
    static readonly Column Name = new("NAME", (item, _) => item.Text("name"));
    static readonly Column Age = new("AGE", (item, time) => item.Age("createdAt", time));
    static readonly Column Labels = Text("LABELS", "labels", wide: true);
    static readonly Column Rules = new("RULES", (item, _) => $"{(item["rules"] as JsonArray)?.Count ?? 0}");
    static readonly Column Uid = Text("UID", "uid", wide: true);

    public static readonly Kind Project = new(
        Model.Resources.Project.KindName, "projects", [], false, 0, WeftJson.Default.Project,
        [Name, Text("DESCRIPTION", "description"), Age, Text("DEFAULT GROUP", "defaultSecurityGroup", wide: true), Labels, Uid]);

    public static readonly Kind Network = new(
        Model.Resources.Network.KindName, "networks", ["net"], true, 1, WeftJson.Default.Network,
        [
            Name,
            new("SUBNETS", (item, _) => string.Join(",", item.Objects("subnets").Select(s => s.Text("prefix")))),
            new("GATEWAYS", (item, _) => string.Join(",", item.Objects("subnets").Select(s => s.Text("gateway")))),
            Text("VNI", "vni"),
            new("INTERNAL", (item, _) => item.Flag("internal") ? "yes" : "no"),
            new("EGRESS", (item, _) => item["externalGateway"].Text("externalNetwork")),
            new("MTU", (item, _) => item.Number("mtu") is > 0 and var mtu ? $"{mtu}" : "auto"),
            Age,
            new("POOLS", (item, _) => string.Join(",", item.Objects("subnets").SelectMany(s => s.Objects("pools"))
                .Select(p => $"{p.Text("start")}-{p.Text("end")}")), Wide: true),
            Labels,
            Uid,
        ]);

    public static readonly Kind Port = new(
        Model.Resources.Port.KindName, "ports", [], true, 3, WeftJson.Default.Port,
        [
            Name,
            Text("NETWORK", "network"),
            Text("ADDRESSES", "addresses"),
            Text("MAC", "macAddress"),
            Text("NODE", "node"),
            new("STATE", (item, _) => item["status"].Text("state")),
            Text("DEVICE", "device"),
            Age,
            Text("ALIASES", "aliases", wide: true),
            Text("GROUPS", "securityGroups", wide: true),
            new("PUBLISHED", (item, _) => MappingsOf(item, "published"), Wide: true),
            Text("OWNER", "owner", wide: true),
            new("MESSAGE", (item, _) => item["status"].Text("message"), Wide: true),
            Labels,
            Uid,
        ]);

    public static readonly Kind Node = new(
        Model.Resources.Node.KindName, "nodes", [], false, 0, WeftJson.Default.Node,
        [
            Name,
            new("STATE", (item, _) => item["status"].Flag("connected") ? "connected" : "away"),
            Text("FABRIC", "fabricAddress"),
            new("PORTS", (item, _) => $"{item["status"].Number("ports")}"),
            new("FAULTS", (item, _) => $"{(item["status"]?["faults"] as JsonArray)?.Count ?? 0}"),
            new("DROPS", (item, _) => $"{Drops(item).Sum(drop => drop.Packets)}"),
            new("SEEN", (item, time) => item["status"].Age("lastSeen", time) is { Length: > 0 } age ? $"{age} ago"
                : ""),
            new("VERSION", (item, _) => item["status"].Text("version")),
            Text("NUMBER", "number", wide: true),
            Text("MTU", "fabricMtu", wide: true),
            new("REVISION", (item, _) => item["status"].Text("appliedRevision"), Wide: true),
            Labels,
            Uid,
        ]);

    public static readonly Kind Address = new(
        AddressReservation.KindName, "addresses", ["addr"], true, 2, WeftJson.Default.AddressReservation,
        [Name, Text("NETWORK", "network"), Text("ADDRESS", "address"), Text("NODE", "node"), Age, Labels, Uid]);

    public static readonly Kind Token = new(
        Model.Resources.Token.KindName, "tokens", [], false, 4, WeftJson.Default.Token,
        [
            Name,
            Text("ROLE", "role"),
            Text("PROJECTS", "projects"),
            Text("EXPIRES", "expiresAt"),
            Age,
            Labels,
            Uid,
        ]);

    public static readonly Kind SecurityGroup = new(
        Model.Resources.SecurityGroup.KindName, "security-groups", ["sg"], true, 1, WeftJson.Default.SecurityGroup,
        [Name, Rules, Text("DESCRIPTION", "description"), Age, Text("NUMBER", "number", wide: true), Labels, Uid]);

    public static readonly Kind Policy = new(
        Model.Resources.Policy.KindName, "policies", ["pol"], true, 4, WeftJson.Default.Policy,
        [
            Name,
            Text("PRIORITY", "priority"),
            Text("NETWORKS", "networks"),
            Rules,
            Text("DESCRIPTION", "description"),
            Age,
            Text("NUMBER", "number", wide: true),
            Labels,
            Uid,
        ]);

    public static readonly Kind LoadBalancer = new(
        Model.Resources.LoadBalancer.KindName, "load-balancers", ["lb"], true, 4, WeftJson.Default.LoadBalancer,
        [
            Name,
            Text("NETWORK", "network"),
            Text("ADDRESSES", "addresses"),
            new("LISTENERS", (item, _) => BalancerWriter.ListenersOf(item)),
            new("UP", (item, _) => BalancerWriter.UpOfAll(item)),
            new("STATE", (item, _) => item["status"].Text("state")),
            Text("NODE", "node"),
            Age,
            new("MESSAGE", (item, _) => item["status"].Text("message"), Wide: true),
            Labels,
            Uid,
        ]);

    public static readonly Kind ExternalNetwork = new(
        Model.Resources.ExternalNetwork.KindName, "external-networks", ["ext"], false, 0, WeftJson.Default.ExternalNetwork,
        [
            Name,
            new("SUBNETS", (item, _) => string.Join(",", item.Objects("subnets").Select(s => s.Text("prefix")))),
            new("UPLINK", (item, _) => item.Text("uplink") is { Length: > 0 } uplink ? uplink : "auto"),
            new("DEFAULT", (item, _) => item.Flag("default") ? "yes" : "no"),
            Text("VNI", "vni"),
            Age,
            new("POOLS", (item, _) => string.Join(",", item.Objects("subnets").SelectMany(s => s.Objects("pools"))
                .Select(p => $"{p.Text("start")}-{p.Text("end")}")), Wide: true),
            Text("NODE UPLINKS", "nodeUplinks", wide: true),
            Labels,
            Uid,
        ]);

    public static readonly Kind FloatingIp = new(
        Model.Resources.FloatingIp.KindName, "floating-ips", ["fip"], true, 5, WeftJson.Default.FloatingIp,
        [
            Name,
            Text("ADDRESS", "address"),
            Text("EXTERNAL", "externalNetwork"),
            new("TARGET", (item, _) => item.Text("port") is { Length: > 0 } port ? $"port/{port}"
                : item.Text("loadBalancer") is { Length: > 0 } balancer ? $"load-balancer/{balancer}" : ""),
            new("STATE", (item, _) => item["status"].Text("state")),
            new("NODE", (item, _) => item["status"].Text("node")),
            new("MAPS", (item, _) => MappingsOf(item, "portMappings")),
            Age,
            new("OPEN", (item, _) => item.Flag("open") ? "yes" : "no", Wide: true),
            Text("TARGET ADDRESS", "targetAddress", wide: true),
            new("MESSAGE", (item, _) => item["status"].Text("message"), Wide: true),
            Labels,
            Uid,
        ]);

    public static readonly Kind Router = new(
        Model.Resources.Router.KindName, "routers", [], true, 2, WeftJson.Default.Router,
        [
            Name,
            Text("NETWORKS", "networks"),
            new("EGRESS", (item, _) => item["externalGateway"].Text("externalNetwork")),
            Age,
            new("EGRESS ADDRESSES", (item, _) => item["externalGateway"].Text("egressAddresses"), Wide: true),
            Text("NUMBER", "number", wide: true),
            Labels,
            Uid,
        ]);

    public static readonly Kind Certificate = new(
        Model.Resources.Certificate.KindName, "certificates", ["cert"], true, 2, WeftJson.Default.Certificate,
        [
            Name,
            Text("NAMES", "names"),
            Text("NOT AFTER", "notAfter"),
            Age,
            Text("SUBJECT", "subject", wide: true),
            Text("FINGERPRINT", "fingerprint", wide: true),
            Labels,
            Uid,
        ]);

    public static readonly Kind[] All =
        [Project, ExternalNetwork, Network, Router, Port, SecurityGroup, Policy, LoadBalancer, FloatingIp, Certificate, Node, Address, Token];

    /// <summary>Those that documents make. Nodes are made by joining, and a token's secret must be seen once.</summary>
    public static readonly Kind[] Written =
        [Project, ExternalNetwork, Network, Router, SecurityGroup, Port, Policy, Certificate, LoadBalancer, FloatingIp, Address];

    public static Kind? Find(string name) =>
        All.FirstOrDefault(kind => kind.Names.Contains(name, StringComparer.OrdinalIgnoreCase));

    /// <summary>Packets that a node's vrouter refused, by reason, most first.</summary>
    public static IEnumerable<(string Reason, long Packets)> Drops(JsonObject node) =>
        node["status"]?["drops"] is JsonObject drops
            ? drops.Select(drop => (drop.Key, Packets: drops.Number(drop.Key))).OrderByDescending(drop => drop.Packets)
            : [];

    /// <summary>As they are written for commands: <c>tcp:80:8080</c>.</summary>
    static string MappingsOf(JsonObject item, string field) => string.Join(",", item.Objects(field).Select(mapping =>
        $"{mapping.Text("protocol")}:{mapping.Text("ports")}{(mapping.Number("targetPort") is > 0 and var port ? $":{port}" : "")}"));

    static Column Text(string heading, string field, bool wide = false) =>
        new(heading, (item, _) => item.Text(field), wide);
}
