using Weft.Model.Resources;

namespace Weft.Model.Validation;

/// <summary>What can be said about a router from its own document.</summary>
public static class RouterRules
{
    /// <summary>Each is joined to each other.</summary>
    public const int MostNetworks = 64;

    public static void Check(Router router, Faults faults)
    {
        NameRules.CheckName(router.Name, faults);
        NameRules.CheckLabels(router.Labels, faults);
        RuleParts.CheckAttached(
            router.Networks, MostNetworks, "must be a network of the router's own project: between projects, policies of both join networks", faults);
        GatewayRules.Check(router.ExternalGateway, faults);
    }
}
