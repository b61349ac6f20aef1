using Weft.Model.Resources;

namespace Weft.Model.Validation;

/// <summary>What can be said about a token from its own document.</summary>
public static class TokenRules
{
    public static void Check(Token token, DateTimeOffset now, Faults faults)
    {
        NameRules.CheckName(token.Name, faults);
        NameRules.CheckLabels(token.Labels, faults);
        if (token.Role is not (Token.AdminRole or Token.MemberRole or Token.MonitorRole or Token.JoinRole))
            faults.Add("role", $"'{NameRules.Shown(token.Role ?? "")}' is no role: admin, member, monitor or join");
        if (token.Role == Token.MemberRole && token.Projects is not { Count: > 0 })
            faults.Add("projects", "are required for a member");
        if (token.Role != Token.MemberRole && token.Projects is { Count: > 0 })
            faults.Add("projects", "are for members only");
        for (var i = 0; i < (token.Projects?.Count ?? 0); i++)
            NameRules.CheckName(token.Projects![i], faults, $"projects[{i}]");
        if (token.ExpiresAt <= now)
            faults.Add("expiresAt", "is in the past");
    }
}
