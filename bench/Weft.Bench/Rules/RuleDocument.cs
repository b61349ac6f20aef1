using System.Globalization;
using System.Text;

namespace Weft.Bench.Rules;

/// <summary>A policy of so many rules, of which the last one decides; those before it concern other ports and addresses.</summary>
static class RuleDocument
{
    public const string Name = "bench";

    const int FirstPort = 6000;

    /// <param name="rules">How many in all.</param>
    /// <param name="allow">What the last one says.</param>
    public static string Of(int rules, bool allow)
    {
        var text = new StringBuilder("""{"kind":"policy","name":"bench","networks":["front","back"],"rules":[""");
        for (var i = 1; i < rules; i++)
            text.Append(i % 10 == 0 ? OfAddress(i) : OfPort(i)).Append(',');
        text.Append(CultureInfo.InvariantCulture, $$$"""{"action":"{{{(allow ? "allow" : "deny")}}}","from":{"network":"front"},"to":{"network":"back"}}""");
        return text.Append("]}").ToString();
    }

    static string OfPort(int i) => string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"action":"{{{(i % 2 == 0 ? "allow" : "deny")}}}","protocol":"tcp","from":{"network":"front"},"to":{"network":"back"},"ports":["{{{FirstPort + i}}}"]}""");

    static string OfAddress(int i) => string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"action":"deny","from":{"network":"front","prefix":"10.96.{{{1 + i / 250}}}.{{{i % 250}}}/32"},"to":{"network":"back"}}""");
}
