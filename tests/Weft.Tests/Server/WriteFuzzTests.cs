using System.Text;
using System.Text.Json;
using CsCheck;
using Weft.Model.Json;
using Weft.Model.Resources;
using Weft.Server.Commits;

namespace Weft.Tests.Server;

public sealed class WriteFuzzTests
{
    /// <summary>What is put in place of a value: of the right type, of a wrong one, or nothing at all.</summary>
    static readonly string[] Values =
    [
        "null", "true", "0", "-1", "99999999999999999999", "1e400", "\"\"", "\"a\"", "\"10.1.0.0/24\"", "\"10.1.0.1\"", "\"10.1.0.0\"",
        "\"10.1.0.255\"", "\"0.0.0.0/0\"", "\"::/0\"", "\"fd00::/64\"", "\"fd00::5\"", "\"::ffff:10.1.0.5\"", "\"255.255.255.255/32\"",
        "[]", "[null]", "{}", "[[]]", "{\"\": null}", "{\"a\": \"b\"}", "[{\"prefix\": \"10.1.0.0/24\"}, {\"prefix\": \"fd00::/64\"}]",
        "[{\"start\": \"10.1.0.9\", \"end\": \"fd00::1\"}]", "[{\"start\": \"10.1.0.9\"}]", "[\"10.1.0.7\", null, \"fd00::7\"]",
        "\"02:00:00:00:00:01\"", "\"ff:ff:ff:ff:ff:ff\"", "\"front\"", "\"default\"", "\"h1\"", "\"member\"", "\"2100-01-01T00:00:00Z\"",
        "\"\\ud800\"", "\"\\u0000\"",
        "[\"front\"]", "[\"front\", \"back\"]", "[\"web\", null]", "{\"network\": \"front\"}", "{\"network\": null, \"prefix\": \"10.1.0.0/24\"}",
        "{\"securityGroup\": \"web\", \"labels\": {\"\": null}}", "[80, \"90-80\", \"0\"]", "\"icmp\"", "\"<->\"", "\"egress\"", "\"web\"",
        "[{\"action\": \"allow\", \"from\": {\"network\": \"front\"}, \"to\": {\"network\": \"back\"}}]",
        "[{\"id\": 1, \"action\": \"deny\", \"to\": {\"network\": \"/\"}}, {\"id\": 1, \"action\": null, \"ports\": []}]",
        "[{\"action\": \"allow\", \"protocol\": \"58\", \"icmpTypes\": [null], \"from\": {\"prefix\": \"0.0.0.0/0\"}, \"to\": {}}]",
        "{\"externalNetwork\": \"lab\"}", "{\"externalNetwork\": null, \"egressAddresses\": {\"h1\": [\"10.1.0.7\"]}}", "\"lab\"",
        "{\"externalNetwork\": \"lab\", \"egressAddresses\": {\"h1\": [null, \"192.0.2.9\", \"10.1.0.7\"], \"\": null}}", "\"192.0.2.77\"",
        "[{\"protocol\": \"tcp\", \"ports\": \"80-90\"}, null, {\"protocol\": \"udp\"}]", "[{\"protocol\": \"tcp\", \"ports\": 80}]",
        "[{\"action\": \"allow\", \"from\": {\"externalNetwork\": \"lab\"}}, {\"action\": \"deny\", \"to\": {\"externalNetwork\": \"\", \"labels\": {}}}]",
        "[{\"direction\": \"ingress\", \"remoteGroup\": \"web\"}, {\"direction\": \"egress\", \"protocol\": \"udp\", \"ports\": [\"1-65535\"]}]",
    ];

    static readonly Dictionary<string, string[]> Fields = new()
    {
        ["project"] = ["name", "description", "labels", "uid", "revision", "createdAt", "defaultSecurityGroup", "warnings"],
        ["network"] = ["name", "project", "vni", "subnets", "internal", "externalIpam", "externalGateway", "mtu", "labels", "uid"],
        ["port"] = ["name", "project", "network", "macAddress", "addresses", "node", "aliases", "device", "owner", "status", "labels", "securityGroups", "published"],
        ["policy"] = ["name", "project", "number", "priority", "networks", "rules", "rules", "lastRuleId", "labels", "description"],
        ["security-group"] = ["name", "project", "number", "rules", "rules", "lastRuleId", "labels", "description"],
        ["address"] = ["name", "project", "network", "address", "node"],
        ["node"] = ["name", "number", "fabricAddress", "fabricMtu", "status"],
        ["external-network"] = ["name", "vni", "subnets", "uplink", "nodeUplinks", "default", "labels", "uid"],
        ["floating-ip"] =
            ["name", "project", "externalNetwork", "address", "port", "loadBalancer", "targetAddress", "portMappings", "open", "status"],
        ["router"] = ["name", "project", "number", "networks", "externalGateway", "labels"],
        ["token"] = ["name", "role", "projects", "expiresAt", "secret", "secretHash"],
    };

    /// <summary>What makes each kind valid, unless it is overwritten.</summary>
    static readonly Dictionary<string, (string Field, string Value)[]> Valid = new()
    {
        ["project"] = [("name", "\"p$\"")],
        ["network"] = [("name", "\"n$\"")],
        ["port"] = [("network", "\"front\"")],
        ["address"] = [("network", "\"front\"")],
        ["policy"] = [("name", "\"q$\"")],
        ["security-group"] = [("name", "\"g$\"")],
        ["external-network"] = [("name", "\"e$\"")],
        ["floating-ip"] = [("name", "\"f$\""), ("externalNetwork", "\"lab\"")],
        ["router"] = [("name", "\"r$\"")],
        ["node"] = [("name", "\"h$\""), ("fabricAddress", "\"198.51.100.$\"")],
        ["token"] = [("name", "\"t$\""), ("role", "\"admin\"")],
    };

    static readonly Gen<(string Kind, string Json, PutMode Mode)> Documents =
        Gen.Int[0, Fields.Count - 1].SelectMany(kind =>
        {
            var (name, fields) = Fields.ElementAt(kind);
            return Gen.Select(
                Gen.Select(Gen.Int[0, fields.Length - 1], Gen.Int[0, Values.Length - 1]).List[0, 4], Gen.Enum<PutMode>(), Gen.Int[1, 250],
                (chosen, mode, number) => (name, Text(name, number, chosen.Select(c => (fields[c.Item1], Values[c.Item2]))), mode));
        });

    [Fact]
    public async Task Whatever_a_document_says_the_answer_is_an_outcome()
    {
        await using var test = await TestCluster.StartAsync();
        await test.MadeNode("h1", "192.0.2.1");
        await test.MadeNetwork("front", "10.1.0.0/24", "fd00::/64");
        await test.MadeNetwork("back", "10.2.0.0/24");
        await test.Made(new Port { Name = "a", Network = "front", Node = "h1" });
        await test.Made(new SecurityGroup { Name = "web" });
        await test.Made(new ExternalNetwork { Name = "lab", Subnets = [new() { Prefix = System.Net.IPNetwork.Parse("192.0.2.0/24") }] });
        var (read, committed) = (0, 0);

        foreach (var (kind, json, mode) in Documents.Array[4000].Single())
        {
            if (TryRead(kind, json) is not { } document)
                continue;
            read++;
            var write = test.Cluster.ApplyAsync(new Write.Put(document) { Mode = mode }, TestCluster.Token);
            try
            {
                committed += await write is Outcome.Committed ? 1 : 0;
            }
            catch (Exception e)
            {
                Assert.Fail($"{kind} {json}: {e}");
            }
        }
        await test.RestartAsync();

        Assert.True(read > 300 && committed > 20, $"{read} could be read, {committed} were committed");
    }

    static Resource? TryRead(string kind, string json)
    {
        try
        {
            return WeftJson.FromUtf8(kind, Encoding.UTF8.GetBytes(json));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static string Text(string kind, int number, IEnumerable<(string Field, string Value)> changed)
    {
        var fields = Valid[kind].ToDictionary(field => field.Field, field => field.Value.Replace("$", $"{number}", StringComparison.Ordinal));
        foreach (var (field, value) in changed)
            fields[field] = value;
        return $"{{{string.Join(", ", fields.Select(field => $"\"{field.Key}\": {field.Value}"))}}}";
    }
}
