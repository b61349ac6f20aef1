using Weft.Model.Resources;
using Weft.Model.Rules;

namespace Weft.Model.Validation;

/// <summary>What can be said about a policy from its own document.</summary>
public static class PolicyRules
{
    public const int MostRules = 100_000;
    public const int MostNetworks = 256;

    /// <summary>Of one endpoint's selector.</summary>
    public const int MostSelectedLabels = 16;

    const int LongestDescription = 1024;
    const int LargestPriority = 65535;

    public static void Check(Policy policy, Faults faults)
    {
        NameRules.CheckName(policy.Name, faults);
        NameRules.CheckLabels(policy.Labels, faults);
        NameRules.CheckText(policy.Description, "description", LongestDescription, faults);
        if (policy.Priority is < 0 or > LargestPriority)
            faults.Add("priority", $"is {policy.Priority}; from 1 to {LargestPriority} are allowed, or 0 for {Policy.DefaultPriority}");
        RuleParts.CheckAttached(
            policy.Networks, MostNetworks, "must be a network of the policy's own project: the other project attaches a policy of its own", faults);
        var ids = new HashSet<uint>();
        RuleParts.CheckAll(policy.Rules, MostRules, faults, (rule, path) =>
        {
            RuleParts.CheckId(rule.Id, ids, path, faults);
            CheckRule(rule, policy, path, faults);
        });
    }

    static void CheckRule(PolicyRule rule, Policy policy, string path, Faults faults)
    {
        if (rule.Action is not (Policy.Allow or Policy.Deny))
            faults.Add($"{path}.action", rule.Action.Length == 0
                ? "is required: allow or deny" : $"'{NameRules.Shown(rule.Action)}' is no action: allow or deny");
        if (rule.Reject && rule.Action == Policy.Allow)
            faults.Add($"{path}.reject", "is for rules that deny");
        if (rule.Direction is not (null or Policy.OneWay or Policy.BothWays))
            faults.Add($"{path}.direction", $"'{NameRules.Shown(rule.Direction)}' is no direction: -> or <->");
        RuleParts.CheckText(rule.Description, $"{path}.description", faults);
        var protocol = RuleParts.CheckProtocol(rule.Protocol, rule.Ports, rule.SourcePorts, rule.IcmpTypes, path, faults);
        CheckEndpoint(rule.From, policy, $"{path}.from", faults);
        CheckEndpoint(rule.To, policy, $"{path}.to", faults);
        if (rule is { From.ExternalNetwork: not null, To.ExternalNetwork: not null })
            faults.Add(path, "is from outside to outside: such packets do not come here");
        RuleParts.CheckFamilies(
        [
            ($"{path}.protocol", $"protocol {rule.Protocol}", RuleParts.FamilyOf(protocol)),
            ($"{path}.from.prefix", $"{rule.From?.Prefix}", rule.From?.Prefix is { } from ? RuleParts.FamilyOf(from) : null),
            ($"{path}.to.prefix", $"{rule.To?.Prefix}", rule.To?.Prefix is { } to ? RuleParts.FamilyOf(to) : null),
        ], faults);
        CheckLoop(rule, policy, path, faults);
    }

    static void CheckEndpoint(PolicyEndpoint? endpoint, Policy policy, string path, Faults faults)
    {
        if (endpoint is null)
            return;
        if (endpoint is { Network: null, ExternalNetwork: null, Prefix: null, SecurityGroup: null, Labels: null })
            faults.Add(path, "is empty; leave it out for any");
        if (endpoint.ExternalNetwork is { } external)
        {
            NameRules.CheckName(external, faults, $"{path}.externalNetwork");
            if (endpoint is not { Network: null, SecurityGroup: null, Labels: null })
                faults.Add($"{path}.externalNetwork", "is outside, where no network, security group or label of this cluster is; "
                    + "only a prefix may be given with it");
        }
        if (endpoint.Network is { } network)
            CheckNetwork(network, $"{path}.network", faults);
        if (endpoint.SecurityGroup is { } group)
        {
            NameRules.CheckName(group, faults, $"{path}.securityGroup");
            if (endpoint.Network is { } named && NetworkName.Of(named, policy.Project).Project != policy.Project)
                faults.Add($"{path}.securityGroup", $"'{NameRules.Shown(group)}' is of project {policy.Project}, and no port of network "
                    + $"{NameRules.Shown(named)} can be in it");
        }
        if (endpoint.Labels is { Count: 0 })
            faults.Add($"{path}.labels", "is empty; leave it out for any");
        NameRules.CheckLabels(endpoint.Labels, faults, $"{path}.labels", MostSelectedLabels);
    }

    static void CheckNetwork(string text, string path, Faults faults)
    {
        var name = NetworkName.Of(text, ProjectResource.DefaultProject);
        if (text.Length == 0)
            faults.Add(path, "is empty; leave it out for the networks that the policy is attached to");
        else if (!NameRules.IsDnsLabel(name.Project) || !NameRules.IsNetworkName(name.Name))
            faults.Add(path, $"'{NameRules.Shown(text)}' is not a network: NAME, or PROJECT/NAME of another project");
    }

    /// <summary>Policies are about connections between two networks.</summary>
    static void CheckLoop(PolicyRule rule, Policy policy, string path, Faults faults)
    {
        if (Only(rule.From, policy) is { } from && Only(rule.To, policy) is { } to && from == to)
            faults.Add(path, $"is from network {NameRules.Shown(from.Name)} to itself, where no policy is asked. A side without a network "
                + "means those that the policy is attached to: name the other network, or attach the policy to it too");
    }

    /// <summary>The one network that the endpoint can be in; null: several, or none.</summary>
    static NetworkName? Only(PolicyEndpoint? endpoint, Policy policy) =>
        endpoint?.ExternalNetwork is not null ? null
        : endpoint?.Network is { } named ? NetworkName.Of(named, policy.Project)
        : policy.Networks is [{ } attached] ? new(policy.Project, attached)
        : null;
}
