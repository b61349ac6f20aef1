using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using CsCheck;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Protocol;

/// <summary>Any records of rules: they need not make sense to travel.</summary>
static class RuleGenerators
{
    static readonly Gen<string> Names = Gen.String[Gen.Char['a', 'z'], 1, 20];
    static readonly Gen<Guid?> Uids = Gen.OneOf(Gen.Const((Guid?)null), Gen.Const((Guid?)Guid.Empty), Gen.Guid.Select(uid => (Guid?)uid));
    static readonly Gen<IPNetwork?> Prefixes = Gen.Select(Gen.Byte.Array[4], Gen.Int[0, 32], Gen.Bool, (bytes, length, any) =>
        any ? (IPNetwork?)null : new IPNetwork(new IPAddress(bytes), length));
    static readonly Gen<ImmutableArray<KeyValuePair<string, string>>> Labels = Gen.Dictionary(Names, Names)[0, 3].Select(labels =>
        labels.OrderBy(label => label.Key, StringComparer.Ordinal).ToImmutableArray());
    static readonly Gen<RuleEndpoint> Endpoints = Gen.OneOf(
        Gen.Const(RuleEndpoint.Any), Gen.Const(RuleEndpoint.Nobody),
        Gen.Select(Uids, Prefixes, Uids, Labels, (network, prefix, group, labels) => new RuleEndpoint(network, prefix, group, labels)));
    static readonly Gen<ImmutableArray<PortRange>> Ranges = Gen.Select(Gen.UShort, Gen.UShort).Array[0, 3].Select(pairs =>
        pairs.Select(pair => new PortRange(ushort.Min(pair.Item1, pair.Item2), ushort.Max(pair.Item1, pair.Item2))).ToImmutableArray());
    static readonly Gen<RuleSpec> Specs = Gen.Select(
        Gen.Enum<RuleAction>(), Gen.Enum<RuleDirection>(), Gen.Select(Gen.Bool, Gen.Byte), Gen.Select(Endpoints, Endpoints),
        Gen.Select(Ranges, Ranges), Gen.Byte.Array[0, 4], Gen.Int[0, 2], Gen.Bool,
        (action, direction, protocol, ends, ports, types, family, log) => new RuleSpec(
            action, direction, protocol.Item1 ? protocol.Item2 : null, ends.Item1, ends.Item2, ports.Item1, ports.Item2, [.. types],
            family switch { 0 => null, 1 => AddressFamily.InterNetwork, _ => AddressFamily.InterNetworkV6 }, log));

    public static readonly Gen<NodeRuleKey> Keys = Gen.Select(Gen.Guid, Gen.UInt, (set, id) => new NodeRuleKey(set, id));

    public static readonly Gen<NodeRule> Rules = Gen.Select(Keys, Specs, (key, spec) => new NodeRule(key, spec));

    public static readonly Gen<NodeRuleSet> Sets = Gen.Select(
        Gen.Guid, Gen.Bool, Gen.Select(Names, Names), Gen.UInt, Gen.Int[0, 65535], Gen.Guid.Array[0, 4], Gen.UInt.Array[0, 20],
        (uid, isGroup, names, number, priority, networks, order) => new NodeRuleSet(
            uid, isGroup, names.Item1, names.Item2, number, priority, [.. networks], [.. order]));
}
