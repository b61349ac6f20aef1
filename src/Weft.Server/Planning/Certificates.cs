using System.Security.Cryptography;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;

namespace Weft.Server.Planning;

static class Certificates
{
    /// <summary>A document without a key is one that was read here: the key that is known stays.</summary>
    public static Plan Put(Certificate document, Certificate? existing, Workbench bench)
    {
        var draft = document with { PrivateKey = string.IsNullOrEmpty(document.PrivateKey) ? existing?.PrivateKey : document.PrivateKey };
        var faults = new Faults();
        var pem = CertificateRules.Check(draft, faults);
        Projects.CheckExists(draft.Project, bench, faults);
        if (Planner.Refusal(faults) is { } refused)
            return new(ResourceKey.Of(draft), refused);
        var leaf = pem!.Leaf;
        var next = draft with
        {
            Subject = leaf.Subject,
            Names = pem.Names,
            NotAfter = new DateTimeOffset(leaf.NotAfter).ToUniversalTime(),
            Fingerprint = leaf.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant(),
        };
        return Workbench.Write(existing, bench.Stamp(next, existing), [], ResourceKey.OfProject(next.Project));
    }

    /// <summary>Certificates that listeners name must be there.</summary>
    public static void CheckNamedBy(LoadBalancer balancer, Workbench bench, Faults faults)
    {
        for (var i = 0; i < (balancer.Listeners?.Count ?? 0); i++)
        {
            var names = balancer.Listeners![i]?.Http?.Certificates ?? [];
            for (var c = 0; c < names.Count; c++)
            {
                if (names[c] is { } name && NameRules.IsDnsLabel(name)
                    && bench.Snapshot.Find<Certificate>(ResourceKey.Certificate(balancer.Project, name)) is null)
                    faults.Add($"listeners[{i}].http.certificates[{c}]",
                        $"there is no certificate '{name}' in project {NameRules.Shown(balancer.Project)}");
            }
        }
    }
}
