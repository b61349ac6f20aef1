namespace Weft.Analytics.Ipfix;

/// <summary>Who numbered an information element.</summary>
public enum IpfixSpace
{
    /// <summary>IANA's registry.</summary>
    Iana,
    /// <summary>IANA's registry, about the packets that came back: RFC 5103 section 6.1.</summary>
    Reverse,
    /// <summary>This project, below the enterprise number of <see cref="IpfixFormat.Enterprise"/>.</summary>
    Weft,
}

/// <summary>An information element, as templates name it.</summary>
/// <param name="Length">In bytes on the wire; <see cref="Variable"/>: each value has its own.</param>
/// <param name="About">Of <see cref="IpfixSpace.Weft"/>: what collectors are told of it.</param>
public sealed record IpfixElement(
    IpfixSpace Space, ushort Id, string Name, IpfixType Type, ushort Length,
    IpfixSemantics Semantics = IpfixSemantics.Default, IpfixUnits Units = IpfixUnits.None, string About = "")
{
    public const ushort Variable = 0xFFFF;

    /// <summary>RFC 5103 section 6.1.</summary>
    public const uint ReverseEnterprise = 29305;

    public IpfixElement Reverse => this with { Space = IpfixSpace.Reverse, Name = $"reverse{char.ToUpperInvariant(Name[0])}{Name[1..]}" };

    /// <summary>Bytes of a field specifier: RFC 7011 section 3.2.</summary>
    public int SpecifierLength => Space == IpfixSpace.Iana ? 4 : 8;
}
