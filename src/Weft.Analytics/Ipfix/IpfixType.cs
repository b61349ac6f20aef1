namespace Weft.Analytics.Ipfix;

/// <summary>Abstract data types, with the numbers that RFC 5610 section 3.1 gives them.</summary>
public enum IpfixType : byte
{
    UInt8 = 1,
    UInt16 = 2,
    UInt32 = 3,
    UInt64 = 4,
    Int32 = 7,
    Boolean = 11,
    Text = 13,
    Milliseconds = 15,
    Microseconds = 16,
    Ipv4Address = 18,
    Ipv6Address = 19,
}

/// <summary>RFC 5610 section 3.2.</summary>
public enum IpfixSemantics : byte { Default = 0, Quantity = 1, TotalCounter = 2, DeltaCounter = 3, Identifier = 4, Flags = 5 }

/// <summary>RFC 5610 section 3.3.</summary>
public enum IpfixUnits : ushort { None = 0, Octets = 2, Packets = 3, Flows = 4, Milliseconds = 6, Microseconds = 7, Messages = 10 }
