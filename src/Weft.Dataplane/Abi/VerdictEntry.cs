using System.Globalization;

namespace Weft.Dataplane.Abi;

public partial struct VerdictKey
{
    const int PortBits = 16;

    /// <summary>Name of the table of rules: a hash of its contents, never 0.</summary>
    public ulong Table
    {
        readonly get => (ulong)Table1 << 32 | Table0;
        set => (Table0, Table1) = ((uint)value, (uint)(value >> 32));
    }

    public static VerdictKey AnyProtocol(ulong table) =>
        new() { Table = table, PrefixLength = AbiConstants.VerdictAnyProtocol };

    /// <summary>Every port or ICMP type of a protocol.</summary>
    public static VerdictKey AnyPort(ulong table, byte protocol) => Ports(table, protocol, 0, 0);

    /// <summary>One port; of ICMP and ICMPv6, one type.</summary>
    public static VerdictKey OnePort(ulong table, byte protocol, ushort port) => Ports(table, protocol, port, PortBits);

    /// <summary>The ports that share their first bits with <paramref name="port"/>.</summary>
    public static VerdictKey Ports(ulong table, byte protocol, ushort port, int bits) => new()
    {
        Table = table,
        PrefixLength = (uint)(AbiConstants.VerdictAnyPort + bits),
        Protocol = protocol,
        Port = (ushort)(port & ~(0xffff >> bits)),
    };

    public override readonly string ToString() => PrefixLength < AbiConstants.VerdictAnyPort
        ? string.Create(CultureInfo.InvariantCulture, $"{Table:x16} any")
        : string.Create(CultureInfo.InvariantCulture, $"{Table:x16} {Protocol}:{Port}/{PrefixLength - AbiConstants.VerdictAnyPort}");
}

public partial struct VerdictEntry
{
    public static VerdictEntry Allow(uint policy, uint rule, bool log = false) =>
        new() { Policy = policy, Rule = rule, Flags = Of(log, reject: false) };

    public static VerdictEntry Deny(DropReason reason, uint policy, uint rule, bool log = false, bool reject = false) =>
        new() { DropReason = (byte)reason, Policy = policy, Rule = rule, Flags = Of(log, reject) };

    /// <summary>The source port decides, by another table.</summary>
    public static VerdictEntry BySourcePort(ulong table) => new() { SourcePorts = table };

    public override readonly string ToString() => SourcePorts != 0
        ? string.Create(CultureInfo.InvariantCulture, $"by source port {SourcePorts:x16}")
        : string.Create(CultureInfo.InvariantCulture,
            $"{(Abi.DropReason)DropReason}, policy {Policy}, rule {Rule}, flags {(VerdictFlags)Flags}");

    static byte Of(bool log, bool reject) =>
        (byte)((log ? VerdictFlags.Log : 0) | (reject ? VerdictFlags.Reject : 0));
}
