namespace Weft.Cli.Rules;

/// <summary>A rule that cannot be read; the message says which word and what would be right.</summary>
sealed class RuleSyntaxException(string message) : Exception(message);
