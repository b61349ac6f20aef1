namespace Weft.Tests.Server;

/// <summary>What people get wrong in load balancers is told with its place, and changes nothing.</summary>
public sealed class LoadBalancerInputTests(LoadBalancerInputTests.Prepared prepared) : IClassFixture<LoadBalancerInputTests.Prepared>
{
    const string Path = "/api/v1/load-balancers";

    public sealed class Prepared : IAsyncLifetime
    {
        internal TestServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Server = await TestServer.StartAsync();
            await Server.Post("/api/v1/networks", """{"name": "front", "subnets": [{"prefix": "10.1.0.0/24"}]}""");
            await Server.Post("/api/v1/ports", """{"name": "web1", "network": "front", "addresses": ["10.1.0.9"]}""");
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }

    static string With(string fields) => $$"""{"name": "web", "network": "front", {{fields}}}""";

    static string Listening(string listeners) => With($$"""
        "pools": [{}], "listeners": [{{listeners}}]
        """);

    static string Pool(string fields) => With($$"""
        "pools": [{ {{fields}} }]
        """);

    static string Monitor(string fields) => Pool($$"""
        "memberPort": 80, "healthMonitor": { {{fields}} }
        """);

    public static TheoryData<string, int, string, string> BadInput() => new()
    {
        { """{}""", 422, "name", "is required" },
        { """{}""", 422, "network", "is required" },
        { """{"name": "W", "network": "front"}""", 422, "name", "is not a name" },
        { """{"name": "web", "network": "none"}""", 422, "network", "there is no network 'none' in project default" },
        { """{"name": "web", "network": "front", "project": "none"}""", 422, "project", "there is no project 'none'" },
        { With("\"vip\": 1"), 400, "vip", "is not a field of load-balancers" },
        { With("\"addresses\": [\"10.2.0.1\"]"), 422, "addresses[0]", "10.2.0.1 is in no subnet of network front" },
        { With("\"addresses\": [\"10.1.0.1\"]"), 422, "addresses[0]", "is the gateway" },
        { With("\"addresses\": [\"10.1.0.9\"]"), 409, "addresses[0]", "10.1.0.9 is taken by port web1" },
        { With("\"addresses\": [\"10.1.0.10\", \"10.1.0.11\"]"), 422, "addresses[1]", "the second of its family" },
        { With("\"addresses\": [null]"), 422, "addresses[0]", "is null" },
        { With("\"listeners\": [{\"protocol\": \"tcp\", \"ports\": 80}]"), 422, "listeners[0].pool", "give the load balancer a pool" },
        { With("\"pools\": [{\"name\": \"a\"}, {\"name\": \"b\"}], \"listeners\": [{\"protocol\": \"tcp\", \"ports\": 80}]"), 422, "listeners[0].pool", "is required: there are 2 pools" },
        { Listening("""{"protocol": "tcp", "ports": 80, "pool": "none"}"""), 422, "listeners[0].pool", "there is no pool 'none' here" },
        { Listening("null"), 422, "listeners[0]", "is null" },
        { Listening("""{"ports": 80}"""), 422, "listeners[0].protocol", "is required: tcp, udp, http, https" },
        { Listening("""{"protocol": "sctp", "ports": 80}"""), 422, "listeners[0].protocol", "'sctp' is no protocol of listeners" },
        { Listening("""{"protocol": "tcp"}"""), 422, "listeners[0].ports", "is required" },
        { Listening("""{"protocol": "tcp", "ports": "90-80"}"""), 422, "listeners[0].ports", "90-80 runs backwards; 80-90 would be a range" },
        { Listening("""{"protocol": "tcp", "ports": "0-80"}"""), 422, "listeners[0].ports", "0 is no port" },
        { Listening("""{"protocol": "tcp", "ports": "1-1025"}"""), 422, "listeners[0].ports", "1-1025 are 1025 ports; at most 1024 are allowed" },
        { Listening("""{"protocol": "tcp", "ports": 80, "name": "A"}"""), 422, "listeners[0].name", "is not a name" },
        { Listening("""{"protocol": "tcp", "ports": "80-90"}, {"protocol": "tcp", "ports": 85}"""), 422, "listeners[1].ports", "85 overlaps 80-90 of listener tcp-80-90" },
        { Listening("""{"protocol": "tcp", "ports": 85}, {"protocol": "http", "ports": 85}"""), 422, "listeners[1].ports", "85 overlaps 85 of listener tcp-85" },
        { Listening("""{"protocol": "tcp", "ports": 1, "name": "a"}, {"protocol": "tcp", "ports": 2, "name": "a"}"""), 422, "listeners[1].name", "'a' is given twice" },
        { With($"\"pools\": [{{}}], \"listeners\": [{Many(65, i => $$"""{"protocol": "tcp", "ports": {{i + 1}}}""")}]"), 422, "listeners", "are 65; at most 64 are allowed" },
        { With($"\"pools\": [{Many(17, i => $$"""{"name": "p{{i}}"}""")}]"), 422, "pools", "are 17; at most 16 are allowed" },
        { With("\"pools\": [null]"), 422, "pools[0]", "is null" },
        { With("\"pools\": [{\"name\": \"a\"}, {\"name\": \"a\"}]"), 422, "pools[1].name", "'a' is given twice" },
        { With("\"pools\": [{\"name\": \"a\"}, {}]"), 422, "pools[1].name", "is required" },
        { Pool("\"algorithm\": \"random\""), 422, "pools[0].algorithm", "round-robin, least-connections, source-hash" },
        { Pool("\"affinitySeconds\": -1"), 422, "pools[0].affinitySeconds", "from 1 to 604800" },
        { Pool("\"selector\": {}"), 422, "pools[0].selector", "is empty" },
        { Pool("\"selector\": {\"-\": \"a\"}"), 422, "pools[0].selector['-']", "has no valid key" },
        { Pool("\"members\": [null]"), 422, "pools[0].members[0]", "is null" },
        { Pool("\"members\": [{}]"), 422, "pools[0].members[0].port", "is required" },
        { Pool("\"members\": [{\"port\": \"a\", \"weight\": 257}]"), 422, "pools[0].members[0].weight", "from 1 to 256 are allowed, or 0 to drain it" },
        { Pool("\"members\": [{\"port\": \"a\"}, {\"port\": \"a\"}]"), 422, "pools[0].members[1]", "port a is given twice" },
        { Pool("\"memberPort\": 80, \"members\": [{\"port\": \"a\"}, {\"port\": \"a\", \"targetPort\": 80}]"), 422, "pools[0].members[1]", "port a:80 is given twice" },
        { Pool($"\"members\": [{Many(257, i => $$"""{"port": "m{{i}}"}""")}]"), 422, "pools[0].members", "are 257; at most 256 are allowed" },
        { Monitor("\"type\": \"\""), 422, "pools[0].healthMonitor.type", "is required: tcp, http, udp, ping" },
        { Monitor("\"type\": \"icmp\""), 422, "pools[0].healthMonitor.type", "'icmp' is no way to ask" },
        { Monitor("\"type\": \"tcp\", \"intervalMilliseconds\": 50"), 422, "pools[0].healthMonitor.intervalMilliseconds", "from 100 to 600000" },
        { Monitor("\"type\": \"tcp\", \"timeoutMilliseconds\": 1001"), 422, "pools[0].healthMonitor.timeoutMilliseconds", "up to the interval (1000)" },
        { Monitor("\"type\": \"tcp\", \"rise\": 101"), 422, "pools[0].healthMonitor.rise", "from 1 to 100" },
        { Monitor("\"type\": \"tcp\", \"fall\": -1"), 422, "pools[0].healthMonitor.fall", "from 1 to 100" },
        { Monitor("\"type\": \"tcp\", \"path\": \"/\""), 422, "pools[0].healthMonitor.path", "is for http" },
        { Monitor("\"type\": \"ping\", \"port\": 80"), 422, "pools[0].healthMonitor.port", "is not for ping" },
        { Monitor("\"type\": \"http\", \"method\": \"G T\""), 422, "pools[0].healthMonitor.method", "is no method" },
        { Monitor("\"type\": \"http\", \"path\": \"healthz\""), 422, "pools[0].healthMonitor.path", "is no path" },
        { Monitor("\"type\": \"http\", \"path\": \"/a b\""), 422, "pools[0].healthMonitor.path", "is no path" },
        { Monitor("\"type\": \"http\", \"host\": \"a\\r\\nb\""), 422, "pools[0].healthMonitor.host", "is no host name" },
        { Monitor("\"type\": \"http\", \"codes\": []"), 422, "pools[0].healthMonitor.codes", "is empty" },
        { Monitor("\"type\": \"http\", \"codes\": [\"99\"]"), 422, "pools[0].healthMonitor.codes[0]", "99 is no code from 100 to 599" },
        {
            With("""
                "pools": [{"members": [{"port": "a"}], "healthMonitor": {"type": "tcp"}}],
                "listeners": [{"protocol": "tcp", "ports": 80}, {"protocol": "tcp", "ports": 81}]
                """),
            422, "pools[0].healthMonitor.port", "is required"
        },
    };

    static string Many(int count, Func<int, string> make) => string.Join(',', Enumerable.Range(0, count).Select(make));

    [Theory]
    [MemberData(nameof(BadInput))]
    public async Task Bad_input_is_told_with_its_place_and_changes_nothing(string json, int status, string place, string message)
    {
        var before = prepared.Server.Cluster.Current.Revision;
        var (code, problem, _) = await prepared.Server.Send(HttpMethod.Post, Path, json);

        Assert.Equal(status, (int)code);
        Assert.True(
            problem["faults"]!.AsArray().Any(fault => (string?)fault!["path"] == place && ((string?)fault["message"])!.Contains(message)),
            problem.ToJsonString());
        Assert.Equal(before, prepared.Server.Cluster.Current.Revision);
    }

    [Fact]
    public async Task All_faults_are_told_at_once()
    {
        var (_, problem, _) = await prepared.Server.Send(HttpMethod.Post, Path, """
            {"name": "web", "network": "none", "listeners": [{"protocol": "sctp"}], "pools": [{"algorithm": "x", "members": [{"weight": -1}]}]}
            """);

        string[] expected =
        [
            "listeners[0].ports", "listeners[0].protocol", "network", "pools[0].algorithm", "pools[0].members[0].port", "pools[0].members[0].weight",
        ];
        Assert.Equal(expected, problem["faults"]!.AsArray().Select(fault => (string)fault!["path"]!).Order(StringComparer.Ordinal));
    }
}
