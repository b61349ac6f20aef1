using System.Net;
using System.Net.Sockets;
using Weft.Model.Addressing;

namespace Weft.Dataplane.Abi;

/// <remarks>Always 128 bits on the kernel's side; IPv4 is mapped (RFC 4291, 2.5.5.2).</remarks>
public partial struct Address
{
    public static implicit operator Address(IPAddress address)
    {
        var result = default(Address);
        if (address.AddressFamily == AddressFamily.InterNetwork)
            address = address.MapToIPv6();
        address.TryWriteBytes(result.Bytes, out _);
        return result;
    }

    /// <summary>True for the 16 zero bytes that stand for "none".</summary>
    public readonly bool IsNone => this == default;

    /// <summary>The address; IPv4 when it was mapped.</summary>
    public readonly IPAddress ToIPAddress()
    {
        var address = new IPAddress((ReadOnlySpan<byte>)Bytes);
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    public override readonly string ToString() => ToIPAddress().ToString();
}

public partial struct Bytes6
{
    public static implicit operator Bytes6(MacAddress mac)
    {
        var result = default(Bytes6);
        mac.CopyTo(result);
        return result;
    }

    public readonly MacAddress ToMacAddress() => MacAddress.FromBytes(this);

    public override readonly string ToString() => ToMacAddress().ToString();
}
