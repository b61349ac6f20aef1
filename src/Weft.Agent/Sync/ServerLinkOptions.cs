using System.Reflection;

namespace Weft.Agent.Sync;

/// <summary>How to reach the server and as whom.</summary>
public sealed record ServerLinkOptions
{
    /// <summary>Such as <c>https://10.0.0.1:8473</c>.</summary>
    public required Uri Server { get; init; }

    /// <summary>To join with; not looked at again once joined with it.</summary>
    public string? Token { get; init; }

    public required string NodeName { get; init; }

    /// <summary>Key, credentials and the last state; root's alone.</summary>
    public required string StateDirectory { get; init; }

    public string Version { get; init; } =
        Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "";

    /// <summary>Wait after the first failure; doubles from there to <see cref="LongestWait"/>.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>States that follow each other faster than this are written to disk as one.</summary>
    public TimeSpan SavePause { get; init; } = TimeSpan.FromMilliseconds(500);
}

/// <summary>How the link to the server is, for people.</summary>
/// <param name="Connected">In sync and following.</param>
/// <param name="Fault">Why not; null when connected, or nothing has failed yet.</param>
public sealed record LinkStatus(bool Connected, string? Fault);
