using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Commits;

namespace Weft.Server.Planning;

static class Routers
{
    public static Plan Put(Router document, Router? existing, Workbench bench)
    {
        var key = ResourceKey.Of(document);
        var (faults, conflicts) = (new Faults(), new Faults());
        RouterRules.Check(document, faults);
        Projects.CheckExists(document.Project, bench, faults);
        for (var i = 0; i < (document.Networks?.Count ?? 0); i++)
            CheckNetwork(document, i, bench, faults);
        var gateway = Gateways.Complete(document.ExternalGateway, existing?.ExternalGateway, key, bench, faults, conflicts);
        if (!faults.Any)
            Overlaps.Check(document, existing, bench, conflicts);
        if (Planner.Refusal(faults, conflicts) is { } refused)
            return new(key, refused);
        var next = document with
        {
            Number = existing?.Number ?? bench.RuleSetNumbers.Next() ?? 0,
            Networks = document.Networks is { Count: > 0 } networks ? networks : null,
            ExternalGateway = gateway,
        };
        return next.Number == 0
            ? new(key, new Outcome.Exhausted(new("number", "all numbers of policies, security groups and routers are in use")))
            : Workbench.Write(existing, bench.Stamp(next, existing), [], [ResourceKey.OfProject(next.Project), .. References.Of(next)]);
    }

    static void CheckNetwork(Router router, int index, Workbench bench, Faults faults)
    {
        if (router.Networks![index] is not { } name || !NameRules.IsNetworkName(name))
            return;
        Policies.CheckNetwork(new(router.Project, name), $"networks[{index}]", bench, faults);
        if (router.ExternalGateway is not null
            && bench.Snapshot.Find<Network>(ResourceKey.Network(router.Project, name)) is { Internal: true })
            faults.Add($"networks[{index}]", $"network {name} is internal, and a router with an external gateway would be a way out of it");
    }
}
