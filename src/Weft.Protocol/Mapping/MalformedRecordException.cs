namespace Weft.Protocol.Mapping;

/// <summary>The other side sent bytes that cannot be what their field says: a bug there, or another protocol.</summary>
public sealed class MalformedRecordException(string field, string message) : Exception($"{field}: {message}")
{
    /// <summary>The field's name in the .proto file.</summary>
    public string Field { get; } = field;
}
