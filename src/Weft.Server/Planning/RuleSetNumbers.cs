using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Ipam;

namespace Weft.Server.Planning;

/// <summary>Numbers of policies, security groups and routers: one row for all, for data planes and flows tell a rule by them.</summary>
sealed class RuleSetNumbers
{
    const uint Largest = 0xFF_FF_FF;

    readonly NumberSequence sequence = new(Largest);
    readonly HashSet<uint> taken = [];

    /// <returns>Null when all are in use.</returns>
    public uint? Next() => sequence.Next(taken.Contains);

    public void Reset(Snapshot snapshot)
    {
        taken.Clear();
        foreach (var policy in snapshot.All<Policy>())
            Take(policy);
        foreach (var group in snapshot.All<SecurityGroup>())
            Take(group);
        foreach (var router in snapshot.All<Router>())
            Take(router);
    }

    public void Follow(IEnumerable<Change> changes)
    {
        foreach (var change in changes)
        {
            if (NumberOf(change.Before) is { } before)
                taken.Remove(before);
            if (NumberOf(change.After) is { } after)
                taken.Add(after);
        }
    }

    void Take(Resource resource)
    {
        var number = NumberOf(resource)!.Value;
        taken.Add(number);
        sequence.Seen(number);
    }

    static uint? NumberOf(Resource? resource) => resource switch
    {
        Policy policy => policy.Number,
        SecurityGroup group => group.Number,
        Router router => router.Number,
        _ => null,
    };
}
