using System.Net;

namespace Weft.Tests.Server;

/// <summary>What people get wrong in documents about outside is told with its place, all of it at once, and changes nothing.</summary>
public sealed class OutsideInputTests(OutsideInputTests.Prepared prepared) : IClassFixture<OutsideInputTests.Prepared>
{
    const string Externals = "/api/v1/external-networks";
    const string Floatings = "/api/v1/floating-ips";
    const string Routers = "/api/v1/routers";
    const string Networks = "/api/v1/networks";
    const string Ports = "/api/v1/ports";
    const string Policies = "/api/v1/policies";

    public sealed class Prepared : IAsyncLifetime
    {
        internal TestServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Server = await TestServer.StartAsync();
            await Server.Post(Externals, """{"name": "internet", "uplink": "eth1", "subnets": [{"prefix": "203.0.113.0/24"}]}""");
            await Server.Post(Networks, """{"name": "front", "subnets": [{"prefix": "10.1.0.0/24"}]}""");
            await Server.Post(Ports, """{"name": "web", "network": "front"}""");
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }

    static string Floating(string fields) => $$"""{"name": "f", "externalNetwork": "internet", {{fields}} }""";

    static string Mapping(string fields) => Floating($$"""
        "port": "web", "portMappings": [{ {{fields}} }]
        """);

    static string Published(string mappings) => $$"""{"name": "p", "network": "front", "published": [{{mappings}}]}""";

    static string Egress(string egress) => $$"""{"name": "n", "externalGateway": {"externalNetwork": "internet", "egressAddresses": {{egress}} } }""";

    static string Rule(string fields) => $$"""{"name": "p", "networks": ["front"], "rules": [{"action": "allow", {{fields}} }]}""";

    public static TheoryData<string, string, int, string, string> BadInput() => new()
    {
        { Externals, """{}""", 422, "name", "is required" },
        { Externals, """{"name": "a", "vni": 16777216}""", 422, "vni", "from 1 to 16777215" },
        { Externals, """{"name": "a", "uplink": ""}""", 422, "uplink", "is empty; leave it out" },
        { Externals, """{"name": "a", "uplink": "eth 1"}""", 422, "uplink", "is not the name of an interface" },
        { Externals, """{"name": "a", "uplink": "a-name-too-long1"}""", 422, "uplink", "up to 15 characters" },
        { Externals, """{"name": "a", "uplink": "a/b"}""", 422, "uplink", "is not the name of an interface" },
        { Externals, """{"name": "a", "nodeUplinks": {"h1": "a/b"}}""", 422, "nodeUplinks['h1']", "is not the name of an interface" },
        { Externals, """{"name": "a", "nodeUplinks": {"H!": "eth1"}}""", 422, "nodeUplinks['H!']", "is not the name of a node" },
        { Externals, """{"name": "a", "subnets": [{"prefix": "10.0.0.0/24", "gateway": "10.0.1.1"}]}""", 422, "subnets[0].gateway", "is not inside" },
        { Externals, """{"name": "a", "subnets": [{"prefix": "127.0.0.0/8"}]}""", 422, "subnets[0].prefix", "loopback" },
        { Externals, """{"name": "a", "project": "p"}""", 400, "project", "is not a field" },
        { Floatings, """{"name": "f"}""", 422, "externalNetwork", "outside has no subnets" },
        { Floatings, """{"name": "f", "externalNetwork": "none"}""", 422, "externalNetwork", "there is no external network 'none'" },
        { Floatings, """{"name": "F", "externalNetwork": "internet"}""", 422, "name", "is not a name" },
        { Floatings, Floating("\"project\": \"none\""), 422, "project", "there is no project 'none'" },
        { Floatings, Floating("\"port\": \"none\""), 422, "port", "there is no port 'none' in project default" },
        { Floatings, Floating("\"port\": \"A\""), 422, "port", "is not a name" },
        { Floatings, Floating("\"loadBalancer\": \"none\""), 422, "loadBalancer", "there is no load balancer 'none'" },
        { Floatings, Floating("\"port\": \"web\", \"loadBalancer\": \"lb\""), 422, "loadBalancer", "leads to one of them" },
        { Floatings, Floating("\"address\": \"203.0.113.0\""), 422, "address", "is not the address of a host" },
        { Floatings, Floating("\"address\": \"x\""), 400, "address", "address" },
        { Floatings, Floating("\"targetAddress\": \"10.1.0.5\""), 422, "targetAddress", "needs a port or a load balancer" },
        { Floatings, Floating("\"port\": \"web\", \"address\": \"203.0.113.9\", \"targetAddress\": \"fd00::1\""), 422, "targetAddress", "is not of the family" },
        { Floatings, Floating("\"port\": \"web\", \"open\": true"), 422, "open", "needs port mappings" },
        { Floatings, Mapping("\"ports\": 80"), 422, "portMappings[0].protocol", "is required" },
        { Floatings, Mapping("\"protocol\": \"icmp\", \"ports\": 80"), 422, "portMappings[0].protocol", "'icmp' has no ports" },
        { Floatings, Mapping("\"protocol\": \"tcp\""), 422, "portMappings[0].ports", "is required" },
        { Floatings, Mapping("\"protocol\": \"tcp\", \"ports\": \"90-80\""), 422, "portMappings[0].ports", "runs backwards" },
        { Floatings, Mapping("\"protocol\": \"tcp\", \"ports\": \"0-80\""), 422, "portMappings[0].ports", "0 is no port" },
        { Floatings, Mapping("\"protocol\": \"tcp\", \"ports\": \"1-1025\""), 422, "portMappings[0].ports", "at most 1024" },
        { Floatings, Mapping("\"protocol\": \"tcp\", \"ports\": \"80-90\", \"targetPort\": 65530"), 422, "portMappings[0].targetPort", "above 65535" },
        { Ports, Published("null"), 422, "published[0]", "is null" },
        { Ports, Published("""{"protocol": "tcp", "ports": "80-90"}, {"protocol": "6", "ports": 85}"""), 422, "published[1].ports", "overlaps 80-90 of published[0]" },
        { Ports, Published("""{"protocol": "udp", "ports": "4000-5000"}"""), 422, "published[0].ports", "by which nodes send to each other" },
        { Routers, """{"name": "r", "networks": ["none"]}""", 422, "networks[0]", "there is no network 'none'" },
        { Routers, """{"name": "r", "networks": ["front", "front"]}""", 422, "networks[1]", "is given twice" },
        { Routers, """{"name": "r", "networks": ["acme/front"]}""", 422, "networks[0]", "policies of both join networks" },
        { Routers, """{"name": "r", "networks": [null]}""", 422, "networks[0]", "is required" },
        { Routers, """{"name": "r", "externalGateway": {"externalNetwork": "none"}}""", 422, "externalGateway.externalNetwork", "there is no external network 'none'" },
        { Networks, Egress("""{"h1": []}"""), 422, "externalGateway.egressAddresses['h1']", "is empty" },
        { Networks, Egress("""{"h1": null}"""), 422, "externalGateway.egressAddresses['h1']", "is empty" },
        { Networks, Egress("""{"h1": ["203.0.113.9"], "h2": ["203.0.113.9"]}"""), 422, "externalGateway.egressAddresses['h2'][0]", "given twice" },
        { Networks, Egress("""{"h1": ["198.51.100.1"]}"""), 422, "externalGateway.egressAddresses['h1'][0]", "is in no subnet" },
        { Policies, Rule("\"from\": {\"externalNetwork\": \"none\"}"), 422, "rules[0].from.externalNetwork", "there is no external network 'none'" },
        { Policies, Rule("\"from\": {\"externalNetwork\": \"internet\", \"network\": \"front\"}"), 422, "rules[0].from.externalNetwork", "only a prefix" },
        { Policies, Rule("\"to\": {\"externalNetwork\": \"internet\", \"labels\": {\"a\": \"b\"}}"), 422, "rules[0].to.externalNetwork", "only a prefix" },
        { Policies, Rule("\"from\": {\"externalNetwork\": \"internet\"}, \"to\": {\"externalNetwork\": \"outside\"}"), 422, "rules[0]", "from outside to outside" },
    };

    [Theory]
    [MemberData(nameof(BadInput))]
    public async Task Bad_input_is_told_with_its_place(string path, string json, int status, string fault, string message)
    {
        var revision = prepared.Server.Cluster.Current.Revision;
        var (code, body, _) = await prepared.Server.Send(HttpMethod.Post, path, json);

        Assert.True((int)code == status, $"{code} {body.ToJsonString()}");
        var faults = body["faults"]!.AsArray().Select(one => ($"{one!["path"]}", $"{one["message"]}")).ToList();
        Assert.Contains(faults, one => one.Item1 == fault && one.Item2.Contains(message, StringComparison.Ordinal));
        Assert.Equal(revision, prepared.Server.Cluster.Current.Revision);
    }

    [Fact]
    public async Task All_faults_of_a_document_come_at_once()
    {
        var (_, body, _) = await prepared.Server.Send(HttpMethod.Post, Floatings,
            """{"name": "F", "project": "none", "externalNetwork": "none", "port": "P", "open": true, "portMappings": []}""");

        Assert.Equal(["externalNetwork", "name", "open", "port", "project"], body["faults"]!.AsArray().Select(one => $"{one!["path"]}").Order());
    }

    [Fact]
    public async Task Only_admins_change_external_networks_and_everybody_sees_them()
    {
        var token = await prepared.Server.Post("/api/v1/tokens", """{"name": "someone", "role": "member", "projects": ["default"]}""");
        using var client = prepared.Server.OverTcp($"{token["secret"]}");

        var (read, body, _) = await prepared.Server.Send(HttpMethod.Get, Externals, client: client);
        var (written, _, _) = await prepared.Server.Send(HttpMethod.Post, Externals, """{"name": "mine"}""", client);
        var (deleted, _, _) = await prepared.Server.Send(HttpMethod.Delete, $"{Externals}/internet", client: client);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (read, written, deleted));
        Assert.Equal(["internet", "outside"], body["items"]!.AsArray().Select(item => $"{item!["name"]}"));
    }

    [Fact]
    public async Task A_floating_ip_says_why_nobody_answers_for_it()
    {
        await prepared.Server.Post(Floatings, """{"name": "shown", "externalNetwork": "internet", "port": "web"}""");
        await prepared.Server.Post(Floatings, """{"name": "free", "externalNetwork": "internet"}""");

        var shown = await prepared.Server.Get($"{Floatings}/shown");
        var free = await prepared.Server.Get($"{Floatings}/free");

        Assert.Equal("""{"state":"down","message":"port web is on no node"}""", shown["status"]!.ToJsonString());
        Assert.Equal("""{"state":"down"}""", free["status"]!.ToJsonString());
        foreach (var name in (string[])["shown", "free"])
            await prepared.Server.Send(HttpMethod.Delete, $"{Floatings}/{name}");
    }
}
