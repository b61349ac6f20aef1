namespace Weft.Analytics.Ipfix;

/// <summary>How a collector wants its records.</summary>
public sealed record IpfixFormat
{
    /// <summary>
    /// RFC 5612 keeps it for examples: IANA gives it to nobody, so that it meets no vendor's elements. Whoever has a number
    /// of their own sets that.
    /// </summary>
    public const uint ExampleEnterprise = 32473;

    /// <summary>The smallest message that a record fits into whatever its names: with its template, without texts.</summary>
    public const int LeastMessage = 1024;

    /// <summary>Number below which the elements of <see cref="WeftElements"/> are sent; 0: they are left out.</summary>
    public uint Enterprise { get; init; } = ExampleEnterprise;

    /// <summary>Both directions in one record (RFC 5103), or one record for each.</summary>
    public bool Biflows { get; init; } = true;

    /// <summary>Also what the node of the other end has recorded of the same connection.</summary>
    public bool AllObservers { get; init; }

    /// <summary>Bytes of a message, its header counted; at most 65535.</summary>
    public int MessageLength { get; init; } = 65535;

    /// <summary>Templates are sent again when they are older; zero: never, the connection keeps them.</summary>
    public TimeSpan TemplateAge { get; init; } = TimeSpan.Zero;
}
