using System.Collections.Immutable;
using System.Net;
using Weft.Docker.Plugin;
using Weft.Model.Addressing;
using Weft.Model.Resources;

namespace Weft.Docker.Networks;

/// <summary>Docker's pools as subnets.</summary>
static class DockerSubnets
{
    /// <exception cref="DriverException">A pool or gateway that cannot be read.</exception>
    public static ImmutableArray<Subnet> Of(CreateNetworkRequest request) =>
        [.. Enumerable.Concat(request.IPv4Data ?? [], request.IPv6Data ?? []).Where(data => data.Pool is not null).Select(Of)];

    static Subnet Of(IpamData data)
    {
        if (!IPNetwork.TryParse(data.Pool!, out var prefix))
            throw new DriverException($"Docker's pool '{data.Pool}' is not a prefix such as 10.1.0.0/24");
        return new() { Prefix = prefix, Gateway = Address(data.Gateway) };
    }

    /// <summary>The address of <c>10.1.0.1/24</c>; null for nothing.</summary>
    public static IPAddress? Address(string? withLength) => string.IsNullOrEmpty(withLength)
        ? null
        : IPAddress.TryParse(withLength.Split('/')[0], out var address)
            ? address
            : throw new DriverException($"'{withLength}' is not an address such as 10.1.0.2/24");

    /// <summary>
    /// The subnet with pools for everyone but the Docker that hands out addresses of it by itself: that one
    /// starts at the lower end (or in <paramref name="dockersRange"/>), so the others get the upper half (or
    /// all but that range).
    /// </summary>
    public static Subnet BesideDocker(Subnet subnet, IPNetwork? dockersRange)
    {
        var (first, last) = (subnet.Prefix.First(), subnet.Prefix.Last());
        (UInt128 From, UInt128 To)[] parts = dockersRange is { } range
            ? [(first + 1, range.First() - 1), (range.Last() + 1, last - 1)]
            : [(first + (last - first) / 2 + 1, last - 1)];
        ImmutableArray<AddressRange> pools =
            [.. parts.Where(part => first < part.From && part.From <= part.To && part.To < last)
                .Select(part => Range(subnet, part.From, part.To))];
        return pools.IsEmpty ? subnet : subnet with { Pools = pools };
    }

    static AddressRange Range(Subnet subnet, UInt128 from, UInt128 to) => new(
        from.ToAddress(subnet.Prefix.BaseAddress.AddressFamily), to.ToAddress(subnet.Prefix.BaseAddress.AddressFamily));
}
