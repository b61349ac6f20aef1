using Weft.Model.Resources;

namespace Weft.Model.Validation;

/// <summary>What can be said about a certificate from its own document.</summary>
public static class CertificateRules
{
    /// <summary>Then its end is worth a warning.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromDays(21);

    const int LongestPem = 256 * 1024;

    /// <returns>What is in the document; null when that is nothing.</returns>
    public static CertificatePem? Check(Certificate certificate, Faults faults)
    {
        NameRules.CheckName(certificate.Name, faults);
        NameRules.CheckLabels(certificate.Labels, faults);
        var known = faults.Count;
        CheckPem(certificate.Chain, "chain", faults);
        CheckPem(certificate.PrivateKey ?? "", "privateKey", faults);
        if (faults.Count > known)
            return null;
        try
        {
            return CertificatePem.Read(certificate.Chain, certificate.PrivateKey!);
        }
        catch (CertificateException failure)
        {
            faults.Add(failure.OfKey ? "privateKey" : "chain", failure.Message);
            return null;
        }
    }

    /// <summary>Nothing is refused for its date: clocks differ, and an old certificate is better than none.</summary>
    public static Warning? Expiry(Certificate certificate, DateTimeOffset now) =>
        certificate.NotAfter is not { } end || end - now > Soon ? null
        : end <= now ? new("chain", "expired", $"is not valid any more since {end:yyyy-MM-dd}")
        : new("chain", "expires-soon", $"is valid until {end:yyyy-MM-dd HH:mm} UTC");

    static void CheckPem(string text, string path, Faults faults)
    {
        if (text.Length == 0)
            faults.Add(path, "is required, in PEM");
        else if (text.Length > LongestPem)
            faults.Add(path, $"is longer than {LongestPem} characters");
    }
}
