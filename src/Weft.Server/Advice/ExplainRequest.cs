using System.ComponentModel;
using System.Net;

namespace Weft.Server.Advice;

/// <summary>What is to be explained: whether one side may open a connection to the other.</summary>
sealed record ExplainRequest
{
    [Description("Of what is named without a project; `default` when not given.")]
    public string? Project { get; init; }

    [Description("Who opens the connection.")]
    public ExplainEnd? From { get; init; }

    [Description("Who is to accept it.")]
    public ExplainEnd? To { get; init; }

    [Description("Name or number; `tcp` when not given.")]
    public string? Protocol { get; init; }

    [Description("Destination port; required for protocols that have ports.")]
    public int? Port { get; init; }

    [Description("Any when not given.")]
    public int? SourcePort { get; init; }

    [Description("Name or number, for ICMP and ICMPv6; `echo-request` when not given.")]
    public string? IcmpType { get; init; }
}

/// <summary>One side: a port, or an address of a network or of what is outside, or one of several addresses of a port.</summary>
sealed record ExplainEnd
{
    [Description("Name of a port, or `project/port`.")]
    public string? Port { get; init; }

    [Description("An address; of a port with several, which one.")]
    public IPAddress? Address { get; init; }

    [Description("Network of the address, or `project/network`; found by its prefix when not given.")]
    public string? Network { get; init; }

    [Description("The address is outside, in this external network.")]
    public string? ExternalNetwork { get; init; }
}
