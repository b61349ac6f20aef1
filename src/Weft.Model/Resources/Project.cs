using System.Text.Json.Serialization;

namespace Weft.Model.Resources;

/// <summary>A space of names and addresses of its own; networks of two projects never meet without consent.</summary>
public sealed record Project : Resource
{
    public const string KindName = "project";

    [JsonPropertyOrder(KindOrder)]
    public override string Kind => KindName;

    public string? Description { get; init; }

    /// <summary>Name of the security group that ports made without any get from then on; none: they stay without.</summary>
    public string? DefaultSecurityGroup { get; init; }
}
