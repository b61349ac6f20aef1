namespace Weft.Linux;

/// <summary>The running kernel lacks something that Weft needs.</summary>
public sealed class FeatureNotSupportedException(string feature, Version minimumKernel, Exception? cause = null)
    : Exception($"{feature} needs Linux {minimumKernel} or newer, or a kernel built with it", cause)
{
    public string Feature { get; } = feature;

    public Version MinimumKernel { get; } = minimumKernel;
}
