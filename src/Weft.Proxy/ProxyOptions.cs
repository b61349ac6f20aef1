namespace Weft.Proxy;

/// <summary>How a proxy runs.</summary>
public sealed record ProxyOptions
{
    /// <summary>The folder with the files of load balancers.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>How often it looks by itself: at files that were not told about, at certificates, at what failed.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Without a load balancer it ends after so long.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromMinutes(1);
}
