using System.Collections.Frozen;
using Weft.Model.Resources;

namespace Weft.Server.Access;

/// <summary>Who asks, and what they may do.</summary>
/// <param name="Name">For logs and messages.</param>
/// <param name="Projects">Of a member; null: everything.</param>
public sealed record Caller(string Name, FrozenSet<string>? Projects)
{
    /// <summary>Who can open the server's Unix socket: the file system has asked already.</summary>
    public static readonly Caller Root = new("root", null);

    public bool IsAdmin => Projects is null;

    public bool MayUse(string project) => IsAdmin || Projects!.Contains(project);

    /// <summary>Null for tokens that do not open the API.</summary>
    public static Caller? Of(Token token) => token.Role switch
    {
        Token.AdminRole => new(token.Name, null),
        Token.MemberRole => new(token.Name, (token.Projects ?? []).ToFrozenSet(StringComparer.Ordinal)),
        _ => null,
    };
}
