using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Weft.Model.Addressing;

namespace Weft.Protocol.Mapping;

/// <summary>The forms in which agent.proto carries addresses, prefixes and uids: bytes in network order.</summary>
public static class WireBytes
{
    const int UidLength = 16;

    public static ByteString Of(Guid uid)
    {
        Span<byte> bytes = stackalloc byte[UidLength];
        uid.TryWriteBytes(bytes, bigEndian: true, out _);
        return ByteString.CopyFrom(bytes);
    }

    /// <summary>Empty for null; <see cref="Guid.Empty"/> is 16 zeros.</summary>
    public static ByteString Of(Guid? uid) => uid is { } value ? Of(value) : ByteString.Empty;

    /// <summary>Empty for null.</summary>
    public static ByteString Of(IPAddress? address) =>
        address is null ? ByteString.Empty : ByteString.CopyFrom(address.GetAddressBytes());

    /// <summary>Empty for null.</summary>
    public static ByteString Of(MacAddress? mac) => mac is { } value ? ByteString.CopyFrom(value.ToBytes()) : ByteString.Empty;

    /// <exception cref="MalformedRecordException">Not 16 bytes.</exception>
    public static Guid ToUid(ByteString bytes, string field) =>
        bytes.Length == UidLength
            ? new(bytes.Span, bigEndian: true)
            : throw new MalformedRecordException(field, $"a uid has {UidLength} bytes, not {bytes.Length}");

    /// <returns>Null for no bytes.</returns>
    /// <exception cref="MalformedRecordException">Neither 0 nor 16 bytes.</exception>
    public static Guid? ToOptionalUid(ByteString bytes, string field) => bytes.IsEmpty ? null : ToUid(bytes, field);

    /// <exception cref="MalformedRecordException">Neither 4 nor 16 bytes.</exception>
    public static IPAddress ToAddress(ByteString bytes, string field) =>
        bytes.Length is 4 or 16
            ? new(bytes.Span)
            : throw new MalformedRecordException(field, $"an address has 4 or 16 bytes, not {bytes.Length}");

    /// <returns>Null for no bytes.</returns>
    /// <exception cref="MalformedRecordException">Neither 0 nor 4 nor 16 bytes.</exception>
    public static IPAddress? ToOptionalAddress(ByteString bytes, string field) =>
        bytes.IsEmpty ? null : ToAddress(bytes, field);

    /// <returns>Null for no bytes.</returns>
    /// <exception cref="MalformedRecordException">Neither 0 nor 6 bytes.</exception>
    public static MacAddress? ToOptionalMac(ByteString bytes, string field) =>
        bytes.IsEmpty ? null : ToMac(bytes, field);

    /// <exception cref="MalformedRecordException">Not 6 bytes.</exception>
    public static MacAddress ToMac(ByteString bytes, string field) =>
        bytes.Length == MacAddress.Length
            ? MacAddress.FromBytes(bytes.Span)
            : throw new MalformedRecordException(field, $"a MAC address has {MacAddress.Length} bytes, not {bytes.Length}");

    /// <exception cref="MalformedRecordException">Too long for the family, or host bits set.</exception>
    public static IPNetwork ToPrefix(ByteString bytes, uint length, string field)
    {
        var address = ToAddress(bytes, field);
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32u : 128u;
        if (length > bits)
            throw new MalformedRecordException(field, $"a prefix of {bits} bits cannot have length {length}");
        var prefix = new IPNetwork(address, (int)length);
        return prefix.BaseAddress.Equals(address)
            ? prefix
            : throw new MalformedRecordException(field, $"{address}/{length} has bits set after its length");
    }
}
