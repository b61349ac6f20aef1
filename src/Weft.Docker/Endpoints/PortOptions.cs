using System.Collections.Immutable;
using Weft.Agent.Control;
using Weft.Model.Resources;
using Weft.Model.Validation;

namespace Weft.Docker.Endpoints;

/// <summary>
/// What <c>docker run --label weft.…</c>, or a network's <c>driver-opt=weft.…</c>, says of a port:
/// <c>weft.security-groups=web,db</c> and <c>weft.label.tier=web</c>.
/// </summary>
/// <remarks>What is asked for besides the port is in <see cref="OfferLabels"/>.</remarks>
/// <param name="Groups">Null: nothing is said of them.</param>
/// <param name="Labels">Of the port: those of the container, and <c>weft.label.…</c> without that prefix.</param>
/// <param name="Fault">What under <c>weft.</c> is not understood; null: nothing.</param>
/// <param name="Offer">Null: nothing is asked for besides the port.</param>
sealed record PortOptions(
    ImmutableArray<string>? Groups, ImmutableDictionary<string, string> Labels, string? Fault, PortOffer? Offer = null)
{
    public const string GroupsOption = "weft.security-groups";
    public const string LabelPrefix = "weft.label.";
    const string OwnPrefix = "weft.";

    /// <param name="given">By name. What is not ours becomes labels as far as a port can have it.</param>
    public static PortOptions Of(IEnumerable<KeyValuePair<string, string>> given)
    {
        var (own, others) = (new SortedDictionary<string, string>(StringComparer.Ordinal), new SortedDictionary<string, string>(StringComparer.Ordinal));
        ImmutableArray<string>? groups = null;
        string? fault = null;
        PortOffer? offer = null;
        given = [.. given];
        try
        {
            offer = OfferLabels.Read(given);
        }
        catch (FormatException not)
        {
            fault = not.Message;
        }
        if (offer?.LoadBalancer is { } balancer)
            own[LoadBalancer.MemberLabel] = balancer.Name;
        foreach (var (name, value) in given.Where(label => !OfferLabels.Is(label.Key)))
        {
            if (name == GroupsOption)
                groups = [.. value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct()];
            else if (name.StartsWith(LabelPrefix, StringComparison.Ordinal) && NameRules.IsLabel(name[LabelPrefix.Length..], value))
                own[name[LabelPrefix.Length..]] = value;
            else if (name.StartsWith(OwnPrefix, StringComparison.Ordinal))
                fault = $"'{NameRules.Shown(name)}' with value '{NameRules.Shown(value)}' is not understood; there are {GroupsOption}=NAME,…, {LabelPrefix}KEY=VALUE, {OfferLabels.FloatingIp} and {OfferLabels.LoadBalancer}";
            else if (NameRules.IsLabel(name, value))
                others[name] = value;
        }
        // Whatever tools put on containers must not crowd out what was meant for the port.
        var labels = own.Concat(others.Where(label => !own.ContainsKey(label.Key))).Take(NameRules.MostLabels);
        return new(groups, labels.ToImmutableDictionary(), fault, offer);
    }
}
