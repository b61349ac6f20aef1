namespace Weft.Analytics.Ipfix;

/// <summary>The columns of records of one shape.</summary>
sealed class IpfixTemplate
{
    /// <summary>Sets of data have numbers from here: RFC 7011 section 3.4.1.</summary>
    const ushort First = 256;

    readonly IpfixFormat _format;

    public IpfixTemplate(IpfixShape shape, IpfixFormat format)
    {
        _format = format;
        Id = (ushort)(First + (int)shape);
        Columns = [.. IpfixMapping.Columns.Where(column => column.IsIn(shape, format))];
    }

    public ushort Id { get; }

    public IpfixColumn[] Columns { get; }

    /// <summary>The template record: RFC 7011 section 3.4.1.</summary>
    public void Write(ref IpfixWriter writer)
    {
        writer.UInt16(Id);
        writer.UInt16((ushort)Columns.Length);
        foreach (var column in Columns)
            writer.Specifier(column.Element, _format.Enterprise);
    }
}

/// <summary>A template for each shape, made when it is first asked for.</summary>
sealed class IpfixTemplates(IpfixFormat format)
{
    public const int Count = 16;

    readonly IpfixTemplate?[] _templates = new IpfixTemplate?[Count];

    public IpfixTemplate Of(IpfixShape shape) => _templates[(int)shape] ??= new(shape, format);
}
