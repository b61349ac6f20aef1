using Weft.Cli;
using Weft.Cli.Documents;

namespace Weft.Tests.Cli;

public sealed class ManifestTests
{
    static List<Manifest> Read(string text, string? project = null) =>
        Manifests.From(DocumentReader.ReadAll(["-"], new StringReader(text)), project);

    static string[] FaultsOf(string text) =>
        [.. Assert.Throws<CliException>(() => Read(text)).Faults.Select(fault => $"{fault.Path}: {fault.Message}")];

    [Fact]
    public void All_faults_of_all_documents_are_told_at_once()
    {
        var faults = FaultsOf("""
            kind: network
            name: frontend
            subnet: []
            mtu: big
            subnets:
              - prefix: 10.1.0.0/33
                gateway: 10.1
            ---
            kind: netwrok
            name: x
            ---
            kind: port
            network: frontend
            macAddress: 02-42
            labels: [a]
            aliases: [ok, {a: b}]
            ---
            just text
            """);
        Assert.Equal(
            [
                "stdin:1:subnet: unknown field; did you mean 'subnets'?",
                "stdin:1:mtu: must be a whole number up to 2147483647",
                "stdin:1:subnets[0].prefix: must be a prefix such as 10.1.0.0/24 or fd00:1::/64, without host bits",
                "stdin:1:subnets[0].gateway: must be an IPv4 or IPv6 address",
                "stdin:2:kind: 'netwrok' cannot be made by a document; one of project, external-network, network, router, security-group, port, policy, certificate, load-balancer, floating-ip, address",
                "stdin:3:macAddress: not a MAC address such as 02:42:ac:11:00:02",
                "stdin:3:labels: must have fields",
                "stdin:3:aliases[1]: must be text",
                "stdin:3:name: is missing",
                "stdin:4: must be a document with fields, the first of them 'kind'",
            ],
            faults);
    }

    [Fact]
    public void Prefixes_with_host_bits_are_refused() =>
        Assert.Single(FaultsOf("{kind: network, name: a, subnets: [{prefix: 10.1.0.5/24}]}"));

    [Fact]
    public void Numbers_in_text_fields_are_text_in_yaml_and_faults_in_json()
    {
        var manifest = Read("kind: network\nname: 1234\nlabels: {version: 1.10, on: true}").Single();
        Assert.Equal("""{"version":"1.10","on":"true"}""", manifest.Content["labels"]!.ToJsonString());
        Assert.Equal("1234", manifest.Name);
        Assert.Equal(["stdin:1:name: must be text"], FaultsOf("""{"kind":"network","name":1234}"""));
    }

    [Fact]
    public void What_others_refer_to_comes_first()
    {
        var manifests = Read("""
            {"kind":"port","name":"p","network":"n"}
            {"kind":"network","name":"n2"}
            {"kind":"network","name":"n1"}
            {"kind":"project","name":"acme"}
            """);
        Assert.Equal(["project/acme", "network/n2", "network/n1", "port/p"],
            manifests.Select(manifest => manifest.Title));
    }

    [Fact]
    public void The_project_is_the_documents_own_or_the_given_one()
    {
        var manifests = Read(
            "[{kind: network, name: a}, {kind: network, name: b, project: own}, {kind: project, name: c}]", "given");
        Assert.Equal([null, "given", "own"], manifests.Select(manifest => manifest.Project));
        Assert.Equal("default", Read("{kind: network, name: a}").Single().Project);
    }

    [Fact]
    public void A_document_taken_from_the_output_can_be_applied_again()
    {
        var manifest = Read("""
            kind: port
            name: web-1
            project: default
            uid: 0192d1e0-0000-7000-8000-000000000001
            revision: 7
            createdAt: 2026-01-31T12:00:00+00:00
            network: frontend
            macAddress: 02:42:ac:11:00:02
            addresses: [10.1.0.2, "fd00:1::2"]
            status: {state: active}
            """).Single();
        Assert.Equal(
            ["kind", "name", "project", "network", "macAddress", "addresses"],
            manifest.Content.Select(field => field.Key));
    }

    [Fact]
    public void The_same_resource_twice_is_a_fault() =>
        Assert.Equal(
            ["stdin:2:name: network/a is in stdin:1 already"],
            FaultsOf(
                "{kind: network, name: a}\n---\n{kind: network, name: a}\n---\n{kind: network, name: a, project: p}"));
}
