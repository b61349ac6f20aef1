using System.Net;

namespace Weft.Tests.Server;

/// <summary>What people get wrong in policies and security groups is told with its place, and changes nothing.</summary>
public sealed class PolicyInputTests(PolicyInputTests.Prepared prepared) : IClassFixture<PolicyInputTests.Prepared>
{
    const string Policies = "/api/v1/policies";
    const string Groups = "/api/v1/security-groups";
    const string Ports = "/api/v1/ports";

    public sealed class Prepared : IAsyncLifetime
    {
        internal TestServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Server = await TestServer.StartAsync();
            await Server.Post("/api/v1/networks", """{"name": "front", "subnets": [{"prefix": "10.1.0.0/24"}]}""");
            await Server.Post("/api/v1/networks", """{"name": "back", "subnets": [{"prefix": "10.2.0.0/24"}]}""");
            await Server.Post("/api/v1/networks", """{"name": "twin", "subnets": [{"prefix": "10.1.0.0/24"}]}""");
            await Server.Post(Groups, """{"name": "web"}""");
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }

    static string Rule(string fields) =>
        $$"""{"name": "p", "networks": ["front"], "rules": [{"action": "allow", "from": {"network": "front"}, "to": {"network": "back"}{{(fields.Length > 0 ? ", " : "")}}{{fields}}}]}""";

    static string GroupRule(string fields) => $$"""{"name": "g", "rules": [{"direction": "ingress", {{fields}}}]}""";

    public static TheoryData<string, string, int, string, string> BadInput() => new()
    {
        { Policies, """{}""", 422, "name", "is required" },
        { Policies, """{"name": "P"}""", 422, "name", "is not a name" },
        { Policies, """{"name": "p", "rule": []}""", 400, "rule", "is not a field of policies" },
        { Policies, """{"name": "p", "project": "none"}""", 422, "project", "there is no project 'none'" },
        { Policies, """{"name": "p", "priority": 70000}""", 422, "priority", "from 1 to 65535" },
        { Policies, """{"name": "p", "priority": -1}""", 422, "priority", "from 1 to 65535" },
        { Policies, """{"name": "p", "networks": ["none"]}""", 422, "networks[0]", "there is no network 'none' in project default" },
        { Policies, """{"name": "p", "networks": ["front", "front"]}""", 422, "networks[1]", "twice" },
        { Policies, """{"name": "p", "networks": ["acme/front"]}""", 422, "networks[0]", "own project" },
        { Policies, """{"name": "p", "networks": [null]}""", 422, "networks[0]", "is required" },
        { Policies, """{"name": "p", "rules": [null]}""", 422, "rules[0]", "is null" },
        { Policies, """{"name": "p", "rules": [{}]}""", 422, "rules[0].action", "is required" },
        { Policies, """{"name": "p", "rules": [{"action": "permit"}]}""", 422, "rules[0].action", "'permit' is no action: allow or deny" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "colour": 1}]}""", 400, "rules[0].colour", "is not a field" },
        { Policies, """{"name": "p", "rules": [{"id": 3, "action": "deny"}, {"id": 3, "action": "allow"}]}""", 422, "rules[1].id", "3 is given twice" },
        { Policies, """{"name": "p", "rules": [{"id": -1, "action": "deny"}]}""", 400, "rules[0].id", "whole number" },
        { Policies, Rule("\"direction\": \">\""), 422, "rules[0].direction", "'>' is no direction: -> or <->" },
        { Policies, Rule("\"protocol\": \"tpc\""), 422, "rules[0].protocol", "'tpc' is no protocol" },
        { Policies, Rule("\"protocol\": \"256\""), 422, "rules[0].protocol", "from 0 to 255" },
        { Policies, Rule("\"protocol\": \"\""), 422, "rules[0].protocol", "leave it out for any" },
        { Policies, Rule("\"protocol\": 6"), 400, "rules[0].protocol", "text" },
        { Policies, Rule("\"ports\": [80]"), 422, "rules[0].ports", "need a protocol that has ports" },
        { Policies, Rule("\"protocol\": \"gre\", \"ports\": [80]"), 422, "rules[0].ports", "need a protocol that has ports" },
        { Policies, Rule("\"protocol\": \"icmp\", \"sourcePorts\": [80]"), 422, "rules[0].sourcePorts", "need a protocol that has ports" },
        { Policies, Rule("\"protocol\": \"tcp\", \"ports\": []"), 422, "rules[0].ports", "is empty" },
        { Policies, Rule("\"protocol\": \"tcp\", \"ports\": [\"90-80\"]"), 422, "rules[0].ports[0]", "90-80 runs backwards; 80-90 would be a range" },
        { Policies, Rule("\"protocol\": \"tcp\", \"ports\": [\"0\"]"), 422, "rules[0].ports[0]", "0 is no port" },
        { Policies, Rule("\"protocol\": \"tcp\", \"ports\": [65536]"), 400, "rules[0].ports[0]", "not a port" },
        { Policies, Rule("\"protocol\": \"tcp\", \"ports\": [\"80-\"]"), 400, "rules[0].ports[0]", "not a port" },
        { Policies, Rule("\"protocol\": \"tcp\", \"ports\": [\"http\"]"), 400, "rules[0].ports[0]", "not a port" },
        { Policies, Rule("\"protocol\": \"tcp\", \"ports\": [null]"), 400, "rules[0].ports[0]", "not a port" },
        { Policies, Rule("\"protocol\": \"tcp\", \"ports\": [" + string.Join(',', Enumerable.Range(1, 65)) + "]"), 422, "rules[0].ports", "at most 64" },
        { Policies, Rule("\"icmpTypes\": [\"echo-request\"]"), 422, "rules[0].icmpTypes", "need protocol icmp or icmpv6" },
        { Policies, Rule("\"protocol\": \"tcp\", \"icmpTypes\": [\"8\"]"), 422, "rules[0].icmpTypes", "need protocol icmp or icmpv6" },
        { Policies, Rule("\"protocol\": \"icmp\", \"icmpTypes\": [\"packet-too-big\"]"), 422, "rules[0].icmpTypes[0]", "is no type of icmp" },
        { Policies, Rule("\"protocol\": \"icmp\", \"icmpTypes\": []"), 422, "rules[0].icmpTypes", "is empty" },
        { Policies, Rule("\"reject\": true"), 422, "rules[0].reject", "for rules that deny" },
        { Policies, Rule("\"description\": \"" + new string('x', 257) + "\""), 422, "rules[0].description", "longer than 256" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "from": {}}]}""", 422, "rules[0].from", "is empty; leave it out" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "to": {"network": ""}}]}""", 422, "rules[0].to.network", "is empty; leave it out" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "to": {"network": "a/b/c"}}]}""", 422, "rules[0].to.network", "is not a network" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "to": {"network": "none"}}]}""", 422, "rules[0].to.network", "there is no network 'none'" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "to": {"network": "default/none"}}]}""", 422, "rules[0].to.network", "there is no network 'none'" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "to": {"securityGroup": "none"}}]}""", 422, "rules[0].to.securityGroup", "there is no security group 'none'" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "to": {"securityGroup": ""}}]}""", 422, "rules[0].to.securityGroup", "is required" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "to": {"network": "acme/x", "securityGroup": "web"}}]}""", 422, "rules[0].to.securityGroup", "can be in it" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "to": {"labels": {}}}]}""", 422, "rules[0].to.labels", "is empty" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "to": {"labels": {"-": "x"}}}]}""", 422, "rules[0].to.labels['-']", "no valid key" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "to": {"labels": {"a": null}}}]}""", 422, "rules[0].to.labels['a']", "not a valid value" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "to": {"labels": {"a": 1}}}]}""", 400, "rules[0].to.labels.a", "text" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "to": {"prefix": "10.1.0.5/24"}}]}""", 400, "rules[0].to.prefix", "host bits" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "from": {"prefix": "10.0.0.0/8"}, "to": {"prefix": "fd00::/8"}}]}""", 422, "rules[0].to.prefix", "fd00::/8 is IPv6, but 10.0.0.0/8 is IPv4" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "protocol": "icmpv6", "to": {"prefix": "10.0.0.0/8"}}]}""", 422, "rules[0].to.prefix", "10.0.0.0/8 is IPv4, but protocol icmpv6 is IPv6" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "protocol": "1", "from": {"prefix": "fd00::/8"}}]}""", 422, "rules[0].from.prefix", "protocol 1 is IPv4" },
        { Policies, """{"name": "p", "rules": [{"action": "allow", "from": {"network": "front"}, "to": {"network": "front"}}]}""", 422, "rules[0]", "from network front to itself" },
        { Policies, """{"name": "p", "rules": [{"action": "deny", "from": {"network": "front"}, "to": {"network": "default/front"}}]}""", 422, "rules[0]", "to itself" },
        { Policies, """{"name": "p", "networks": ["front"], "rules": [{"action": "allow", "to": {"network": "front"}}]}""", 422, "rules[0]", "to itself" },
        { Policies, """{"name": "p", "networks": ["front"], "rules": [{"action": "allow"}]}""", 422, "rules[0]", "to itself" },
        { Policies, """{"name": "p", "networks": ["front"], "rules": [{"action": "allow", "to": {"network": "twin"}}]}""", 409, "rules[0]", "overlap: 10.1.0.0/24 and 10.1.0.0/24" },
        { Policies, """{"name": "p", "labels": {"-": "x"}}""", 422, "labels['-']", "no valid key" },
        { Groups, """{}""", 422, "name", "is required" },
        { Groups, """{"name": "web"}""", 409, "name", "exists already" },
        { Groups, """{"name": "g", "networks": []}""", 400, "networks", "is not a field of security-groups" },
        { Groups, """{"name": "g", "rules": [{}]}""", 422, "rules[0].direction", "is required: ingress or egress" },
        { Groups, """{"name": "g", "rules": [{"direction": "in"}]}""", 422, "rules[0].direction", "'in' is no direction" },
        { Groups, """{"name": "g", "rules": [{"direction": "ingress", "action": "deny"}]}""", 400, "rules[0].action", "is not a field" },
        { Groups, GroupRule("\"family\": \"IPv4\""), 422, "rules[0].family", "is no family: ipv4 or ipv6" },
        { Groups, GroupRule("\"protocol\": \"any\""), 422, "rules[0].protocol", "leave it out for any" },
        { Groups, GroupRule("\"ports\": [\"80\"]"), 422, "rules[0].ports", "need a protocol that has ports" },
        { Groups, GroupRule("\"protocol\": \"udp\", \"ports\": [\"9-1\"]"), 422, "rules[0].ports[0]", "runs backwards" },
        { Groups, GroupRule("\"family\": \"ipv6\", \"protocol\": \"icmp\""), 422, "rules[0].protocol", "protocol icmp is IPv4, but family ipv6 is IPv6" },
        { Groups, GroupRule("\"family\": \"ipv6\", \"remotePrefix\": \"10.0.0.0/8\""), 422, "rules[0].remotePrefix", "family ipv6 is IPv6" },
        { Groups, GroupRule("\"remotePrefix\": \"10.0.0.0/8\", \"remoteGroup\": \"web\""), 422, "rules[0].remoteGroup", "together with remotePrefix" },
        { Groups, GroupRule("\"remoteGroup\": \"none\""), 422, "rules[0].remoteGroup", "there is no security group 'none'" },
        { Groups, GroupRule("\"remoteGroup\": \"\""), 422, "rules[0].remoteGroup", "is required" },
        { Ports, """{"network": "front", "securityGroups": ["none"]}""", 422, "securityGroups[0]", "there is no security group 'none'" },
        { Ports, """{"network": "front", "securityGroups": ["web", "web"]}""", 422, "securityGroups[1]", "twice" },
        { Ports, """{"network": "front", "securityGroups": [null]}""", 422, "securityGroups[0]", "is required" },
        { Ports, """{"network": "front", "securityGroups": ["a","b","c","d","e","f","g","h","i","j","k","l","m","n","o","p","q"]}""", 422, "securityGroups", "at most 16" },
        { "/api/v1/projects", """{"name": "new", "defaultSecurityGroup": "web"}""", 422, "defaultSecurityGroup", "there is no security group 'web' in project new" },
        { "/api/v1/projects", """{"name": "new", "defaultSecurityGroup": "W"}""", 422, "defaultSecurityGroup", "is not a name" },
    };

    [Theory]
    [MemberData(nameof(BadInput))]
    public async Task Bad_input_is_told_with_its_place(string path, string json, int status, string place, string message)
    {
        var (code, problem, _) = await prepared.Server.Send(HttpMethod.Post, path, json);

        Assert.Equal(status, (int)code);
        Assert.True(
            problem["faults"]!.AsArray().Any(fault => (string?)fault!["path"] == place && ((string?)fault["message"])!.Contains(message)),
            problem.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(BadInput))]
    public async Task Bad_input_changes_nothing(string path, string json, int status, string place, string message)
    {
        var before = prepared.Server.Cluster.Current.Revision;
        await prepared.Server.Send(HttpMethod.Post, path, json);

        Assert.True(before == prepared.Server.Cluster.Current.Revision, $"{status} {place} {message}");
    }

    [Fact]
    public async Task A_hundred_thousand_and_one_rules_are_too_many()
    {
        var rules = string.Join(',', Enumerable.Repeat("""{"action":"deny"}""", 100_001));

        var (code, problem, _) = await prepared.Server.Send(HttpMethod.Post, Policies, $$"""{"name": "p", "rules": [{{rules}}]}""");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal("rules: are 100001; at most 100000 are allowed", (string?)problem["detail"]);
    }

    [Fact]
    public async Task What_is_too_large_is_told_with_the_limit()
    {
        var (code, problem, _) = await prepared.Server.Send(HttpMethod.Post, Policies, $$"""{"name": "{{new string('x', 33 << 20)}}"}""",
            null, ("Expect", "100-continue"));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, code);
        Assert.Equal("a policy may have at most 32 MiB", (string?)problem["detail"]);
    }

    [Fact]
    public async Task Of_a_thousand_bad_rules_the_first_are_told()
    {
        var rules = string.Join(',', Enumerable.Repeat("{}", 1000));

        var (_, problem, _) = await prepared.Server.Send(HttpMethod.Post, Policies, $$"""{"name": "p", "rules": [{{rules}}]}""");

        Assert.Equal(101, problem["faults"]!.AsArray().Count);
        Assert.Equal("from rules[100] on are not looked at: there are 100 faults already", (string?)problem["faults"]![100]!["message"]);
    }
}
