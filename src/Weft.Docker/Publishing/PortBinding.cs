using System.Net;
using Weft.Model.Rules;

namespace Weft.Docker.Publishing;

/// <summary>One port of <c>docker run -p</c>, in libnetwork's words.</summary>
sealed record PortBinding
{
    /// <summary>Number of the protocol.</summary>
    public byte Proto { get; init; }

    /// <summary>Of the container.</summary>
    public ushort Port { get; init; }

    /// <summary>Empty, or an address of the host that is meant alone.</summary>
    public string? HostIP { get; init; }

    /// <summary>0: any that is free.</summary>
    public ushort HostPort { get; init; }

    /// <summary>Any that is free from <see cref="HostPort"/> to this; the same when one port is meant.</summary>
    public ushort HostPortEnd { get; init; }

    /// <summary>All addresses of the host: what Weft publishes on.</summary>
    public bool IsOfAllAddresses =>
        string.IsNullOrEmpty(HostIP)
        || IPAddress.TryParse(HostIP, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    public override string ToString() => $"{HostIP}:{HostPort}:{Port}/{IpProtocols.NameOf(Proto)}";
}
