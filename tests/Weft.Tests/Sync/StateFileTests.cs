using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CsCheck;
using Weft.Agent.Sync;
using Weft.Model.Addressing;
using Weft.Model.State;
using Weft.Tests.Protocol;

namespace Weft.Tests.Sync;

public sealed class StateFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly X509Certificate2 _certificate = MakeCertificate();

    NodeCredentials Owner => new("n1", 1, "first", _certificate, _certificate);

    [Fact]
    public void Rules_and_rule_sets_are_on_disk_as_well() =>
        Gen.Select(RuleGenerators.Sets.Array[0, 5], RuleGenerators.Rules.Array[0, 600]).Sample((sets, rules) =>
        {
            var state = NodeState.Empty.With(NodeDelta.None(3) with { RuleSets = [.. sets], Rules = [.. rules] });
            var file = new StateFile(_folder.Path);
            file.Save(state, Owner);
            Assert.True(file.Load(Owner)!.HasSameRecordsAs(state));
        }, iter: 20, threads: 1);

    [Fact]
    public void External_networks_and_floating_ips_are_on_disk_as_well() =>
        Gen.Select(OutsideGenerators.Externals(RecordsTests.Subnets).Array[0, 5], OutsideGenerators.Floatings.Array[0, 600]).Sample((externals, floatings) =>
        {
            var state = NodeState.Empty.With(NodeDelta.None(3) with { Externals = [.. externals], Floatings = [.. floatings] });
            var file = new StateFile(_folder.Path);
            file.Save(state, Owner);
            Assert.True(file.Load(Owner)!.HasSameRecordsAs(state));
        }, iter: 20, threads: 1);

    [Fact]
    public void A_file_of_the_version_before_rules_is_read()
    {
        // One port and one peer, as that version wrote them.
        const string Written =
            "XQgHGhEaDwgCEgJuMhoEwAACAiDcCxpEEkIKEAABAgMEBQYHCAkKCwwNDg8SB2RlZmF1bHQaAWEiEBAREhMUFRYXGBkaGxwdHh8qBgIAAAAAATIECgEABTgBWAcoAQ==";
        File.WriteAllBytes(_folder["state.bin"], [
            .. System.Text.Encoding.ASCII.GetBytes($"weft-node-state 1 {Owner.Fingerprint} 1\n"), .. Convert.FromBase64String(Written)]);
        var state = new StateFile(_folder.Path).Load(Owner);
        var port = new NodePort(
            new("00010203-0405-0607-0809-0a0b0c0d0e0f"), "default", "a", new("10111213-1415-1617-1819-1a1b1c1d1e1f"),
            new MacAddress(0x02_00_00_00_00_01), [IPAddress.Parse("10.1.0.5")], 1, [], null, null, 7);
        var expected = NodeState.Empty.With(
            NodeDelta.None(7) with { Ports = [port], Peers = [new(2, "n2", IPAddress.Parse("192.0.2.2"), 1500)] });
        Assert.True(state?.HasSameRecordsAs(expected));
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _folder.Dispose();
    }

    static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256).CreateSelfSigned(now, now.AddDays(1));
    }
}
