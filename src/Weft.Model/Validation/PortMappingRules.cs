using Weft.Model.Resources;
using Weft.Model.Rules;

namespace Weft.Model.Validation;

/// <summary>What can be said about port mappings, of floating IPs and of published ports.</summary>
static class PortMappingRules
{
    const int MostMappings = 256;

    /// <summary>Each port of a mapping is an entry of the vrouter.</summary>
    const int MostPorts = 1024;

    public static void Check(IReadOnlyList<PortMapping>? mappings, string path, Faults faults)
    {
        if (mappings is null)
            return;
        if (mappings.Count > MostMappings)
        {
            faults.Add(path, $"are {mappings.Count}; at most {MostMappings} are allowed");
            return;
        }
        for (var i = 0; i < mappings.Count; i++)
        {
            if (mappings[i] is null)
                faults.Add($"{path}[{i}]", "is null");
            else if (CheckOne(mappings[i], $"{path}[{i}]", faults))
                CheckOverlap(mappings, i, path, faults);
        }
    }

    /// <summary>Whether two mappings have an outside port in common.</summary>
    public static bool Overlap(PortMapping one, PortMapping other) =>
        IpProtocols.TryParse(one.Protocol, out var protocol) && IpProtocols.TryParse(other.Protocol, out var same) && protocol == same
        && one.Ports.First <= other.Ports.Last && other.Ports.First <= one.Ports.Last;

    static bool CheckOne(PortMapping mapping, string path, Faults faults)
    {
        var before = faults.Count;
        if (mapping.Protocol.Length == 0)
            faults.Add($"{path}.protocol", "is required: tcp or udp");
        else if (!IpProtocols.TryParse(mapping.Protocol, out var number) || !IpProtocols.HasPorts(number))
            faults.Add($"{path}.protocol", $"'{NameRules.Shown(mapping.Protocol)}' has no ports; tcp, udp, udplite, sctp and dccp do");
        var ports = mapping.Ports;
        if (ports == default)
            faults.Add($"{path}.ports", "is required: a port such as 80 or a range such as 8000-8100");
        else if (ports.First > ports.Last)
            faults.Add($"{path}.ports", $"{ports} runs backwards; {ports.Last}-{ports.First} would be a range");
        else if (ports.First == 0)
            faults.Add($"{path}.ports", "0 is no port; from 1 to 65535 are");
        else if (ports.Last - ports.First >= MostPorts)
            faults.Add($"{path}.ports", $"{ports} are {ports.Last - ports.First + 1} ports; at most {MostPorts} are allowed");
        else if (mapping.TargetPort + ports.Last - ports.First > ushort.MaxValue)
            faults.Add($"{path}.targetPort", $"{mapping.TargetPort} is too high: {ports} would end above 65535");
        return faults.Count == before;
    }

    static void CheckOverlap(IReadOnlyList<PortMapping> mappings, int index, string path, Faults faults)
    {
        for (var j = 0; j < index; j++)
        {
            if (mappings[j] is { } other && Overlap(mappings[index], other))
            {
                faults.Add($"{path}[{index}].ports", $"{mappings[index].Ports} overlaps {other.Ports} of {path}[{j}]");
                return;
            }
        }
    }
}
