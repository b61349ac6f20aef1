using Weft.Model.Rules;
using Weft.Model.Validation;
using Weft.Rules;

namespace Weft.Server.Advice;

/// <summary>From a question to the first packet that it is about.</summary>
static class ExplainTraffic
{
    const int LargestPort = ushort.MaxValue;

    public static Traffic Of(ExplainRequest request, Faults faults)
    {
        var text = request.Protocol ?? "tcp";
        if (!IpProtocols.TryParse(text, out var protocol))
            faults.Add("protocol", $"'{NameRules.Shown(text)}' is no protocol: a number from 0 to 255, or one of {string.Join(", ", IpProtocols.Names)}");
        else if (IpProtocols.HasPorts(protocol))
            CheckPorts(request, faults);
        else if (request.Port is not null || request.SourcePort is not null)
            faults.Add(request.Port is not null ? "port" : "sourcePort", $"is not for {IpProtocols.NameOf(protocol)}, which has no ports");
        return new(
            protocol, (ushort)Math.Clamp(request.SourcePort ?? 0, 0, LargestPort), (ushort)Math.Clamp(request.Port ?? 0, 0, LargestPort),
            TypeOf(request, protocol, faults));
    }

    static void CheckPorts(ExplainRequest request, Faults faults)
    {
        if (request.Port is null)
            faults.Add("port", "is required for a protocol that has ports");
        else if (request.Port is < 1 or > LargestPort)
            faults.Add("port", $"{request.Port} is no port; from 1 to {LargestPort} are");
        if (request.SourcePort is < 1 or > LargestPort)
            faults.Add("sourcePort", $"{request.SourcePort} is no port; from 1 to {LargestPort} are");
    }

    static byte TypeOf(ExplainRequest request, byte protocol, Faults faults)
    {
        if (!IpProtocols.HasIcmpTypes(protocol))
        {
            if (request.IcmpType is not null)
                faults.Add("icmpType", "is for icmp and icmpv6");
            return 0;
        }
        if (!IcmpTypes.TryParse(protocol, request.IcmpType ?? "echo-request", out var type))
            faults.Add("icmpType", $"'{NameRules.Shown(request.IcmpType!)}' is no type of {IpProtocols.NameOf(protocol)}: a number from 0 to 255, or one of "
                + string.Join(", ", IcmpTypes.Names(protocol)));
        return type;
    }
}
