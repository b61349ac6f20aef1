using System.Net;
using CsCheck;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Protocol;

/// <summary>Records of what reaches out, and in, of all shapes.</summary>
static class OutsideGenerators
{
    static readonly Gen<string> Names = Gen.String[Gen.Char['a', 'z'], 1, 20];
    static readonly Gen<IPAddress> Addresses =
        Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]).Select(bytes => new IPAddress(bytes));

    public static readonly Gen<NodePortMapping> Mappings = Gen.Select(Gen.Byte, Gen.UShort, Gen.UShort, Gen.UShort,
        (protocol, one, other, target) => new NodePortMapping(protocol, new(Math.Min(one, other), Math.Max(one, other)), target));

    public static readonly Gen<NodeGateway> Gateways = Gen.Select(
        Gen.Guid, Gen.Select(Gen.UInt, Addresses, (node, address) => new NodeEgress(node, address)).Array[0, 3], Gen.Bool,
        (external, egress, floatingOnly) => new NodeGateway(external, [.. egress]) { FloatingOnly = floatingOnly });

    public static readonly Gen<NodeFloating> Floatings = Gen.Select(
        Gen.Select(Gen.Guid, Gen.Guid, Gen.Guid, Gen.Guid), Names, Gen.Select(Addresses, Addresses), Gen.UInt, Gen.Bool, Mappings.Array[0, 3],
        (uids, name, addresses, node, toPort, mappings) => new NodeFloating(
            uids.Item1, "default", name, uids.Item2, addresses.Item1, node, toPort ? uids.Item3 : null, toPort ? null : uids.Item3,
            uids.Item4, addresses.Item2, [.. mappings])
        {
            Open = mappings.Length == 1,
        });

    /// <summary>An uplink may be given, be the default one (empty), or not be there (null).</summary>
    public static Gen<NodeExternal> Externals(Gen<Subnet> subnets) => Gen.Select(
        Gen.Guid, Names, Gen.UInt, subnets.Array[0, 3], Gen.OneOf(Gen.Null(Names), Gen.Const((string?)"")), Gen.Bool,
        (uid, name, vni, prefixes, uplink, isDefault) => new NodeExternal(uid, name, vni, [.. prefixes], uplink, isDefault));
}
