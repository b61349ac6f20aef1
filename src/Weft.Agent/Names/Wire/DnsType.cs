namespace Weft.Agent.Names.Wire;

/// <summary>RFC 1035 section 3.2.2 and the IANA registry; only those that are told apart here.</summary>
enum DnsType : ushort
{
    A = 1,
    Ptr = 12,
    Aaaa = 28,
    Opt = 41,
    Any = 255,
}

static class DnsClass
{
    internal const ushort Internet = 1;
    internal const ushort Any = 255;
}

/// <summary>RFC 1035 section 4.1.1; BADVERS: RFC 6891 section 9.</summary>
enum DnsCode
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,
    NameError = 3,
    NotImplemented = 4,
    Refused = 5,
    BadVersion = 16,
}

[Flags]
enum DnsFlags : ushort
{
    Response = 0x8000,
    OpcodeMask = 0x7800,
    Authoritative = 0x0400,
    Truncated = 0x0200,
    RecursionDesired = 0x0100,
    RecursionAvailable = 0x0080,
    CheckingDisabled = 0x0010,
    CodeMask = 0x000f,
}
