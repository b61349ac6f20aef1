using Weft.Model.Resources;

namespace Weft.Model.Validation;

/// <summary>What can be said about an external network from its own document.</summary>
public static class ExternalNetworkRules
{
    /// <summary>IFNAMSIZ without the zero at the end.</summary>
    const int LongestInterface = 15;

    public static void Check(ExternalNetwork external, Faults faults)
    {
        NameRules.CheckName(external.Name, faults);
        NameRules.CheckLabels(external.Labels, faults);
        if (external.Vni > NetworkRules.LargestVni)
            faults.Add("vni", $"is {external.Vni}; from 1 to {NetworkRules.LargestVni} are allowed, or 0 to let the server choose");
        SubnetRules.Check(external.Subnets, faults);
        if (external.Uplink is { } uplink)
            CheckInterface(uplink, "uplink", faults, uplink.Length == 0 ? "is empty; leave it out for that of each node's default route" : null);
        foreach (var (node, name) in external.NodeUplinks ?? new Dictionary<string, string>())
        {
            var path = $"nodeUplinks['{NameRules.Shown(node)}']";
            if (!NameRules.IsNetworkName(node))
                faults.Add(path, "is not the name of a node");
            if (name is not { Length: 0 })
                CheckInterface(name, path, faults);
        }
    }

    /// <summary>As the kernel's dev_valid_name.</summary>
    static void CheckInterface(string? name, string path, Faults faults, string? wrong = null)
    {
        if (wrong is null && (name is null or "." or ".." || name.Length > LongestInterface
            || name.Any(c => c is '/' or ':' || char.IsWhiteSpace(c) || char.IsControl(c))))
            wrong = $"'{NameRules.Shown(name ?? "")}' is not the name of an interface: up to {LongestInterface} characters without blanks, / and :";
        if (wrong is not null)
            faults.Add(path, wrong);
    }
}
