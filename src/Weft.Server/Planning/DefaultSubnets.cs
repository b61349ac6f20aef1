using System.Net;
using Weft.Model.Addressing;
using Weft.Model.Resources;

namespace Weft.Server.Planning;

/// <summary>
/// The subnet of a network that was made without any: the first piece of the configured prefix that
/// overlaps no network of the same project. Other projects may use the same one.
/// </summary>
static class DefaultSubnets
{
    /// <returns>One subnet, or none when all pieces are in use.</returns>
    public static IEnumerable<Subnet> Choose(string project, Workbench bench)
    {
        var (from, length) = (bench.Options.DefaultSubnets, bench.Options.DefaultSubnetLength);
        var family = from.BaseAddress.AddressFamily;
        var size = UInt128.One << AddressMath.Bits(family) - length;
        return FirstFree(from, size, Used(project, from, bench)) is { } first
            ? [new() { Prefix = new IPNetwork(first.ToAddress(family), length) }]
            : [];
    }

    static UInt128? FirstFree(IPNetwork from, UInt128 size, List<(UInt128 First, UInt128 Last)> used)
    {
        var candidate = from.First();
        foreach (var (first, last) in used)
        {
            if (first >= candidate + size)
                break;
            // Behind what is used, at the next multiple of the size.
            if (last >= candidate)
                candidate = (last / size + 1) * size;
        }
        return candidate + size - 1 <= from.Last() ? candidate : null;
    }

    static List<(UInt128 First, UInt128 Last)> Used(string project, IPNetwork from, Workbench bench) =>
    [
        .. bench.Snapshot.InProject<Network>(project)
            .SelectMany(network => network.Subnets ?? [])
            .Where(subnet => subnet.Prefix.Overlaps(from))
            .Select(subnet => (subnet.Prefix.First(), subnet.Prefix.Last()))
            .Order(),
    ];
}
