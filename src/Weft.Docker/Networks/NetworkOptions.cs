using System.Globalization;
using System.Text.Json;

namespace Weft.Docker.Networks;

/// <summary>What the options of <c>docker network create</c> say.</summary>
sealed record NetworkOptions(
    Guid? Uid = null, string? Project = null, string? Name = null, int Mtu = 0, bool Internal = false)
{
    public const string UidOption = "weft.network-uid";
    const string ProjectOption = "weft.project";
    const string NameOption = "weft.network";
    const string MtuOption = "com.docker.network.driver.mtu";
    const string Generic = "com.docker.network.generic";
    const string InternalLabel = "com.docker.network.internal";
    const string OwnPrefix = "weft.";

    /// <exception cref="DriverException">An option of ours that is unknown or has a wrong value.</exception>
    public static NetworkOptions Parse(IReadOnlyDictionary<string, JsonElement>? options)
    {
        var result = new NetworkOptions();
        if (options is null)
            return result;
        if (options.TryGetValue(InternalLabel, out var isInternal))
            result = result with { Internal = isInternal.ValueKind == JsonValueKind.True };
        if (options.TryGetValue(Generic, out var generic) && generic.ValueKind == JsonValueKind.Object)
        {
            foreach (var option in generic.EnumerateObject())
                result = result.With(option.Name, option.Value.ToString());
        }
        return result;
    }

    /// <summary>As Docker shows them of a network that exists.</summary>
    public static NetworkOptions Of(IReadOnlyDictionary<string, string> options) =>
        options.Aggregate(new NetworkOptions(), (result, option) => result.With(option.Key, option.Value));

    NetworkOptions With(string name, string value) => name switch
    {
        UidOption => this with { Uid = ParseUid(value) },
        ProjectOption => this with { Project = ParseLabel(name, value) },
        NameOption => this with { Name = ParseLabel(name, value) },
        MtuOption => this with { Mtu = ParseMtu(value) },
        _ when name.StartsWith(OwnPrefix, StringComparison.Ordinal) => throw new DriverException(
            $"there is no option {name}; there are {ProjectOption} (default: the agent's), {NameOption} (default: the "
            + $"name in Docker), {UidOption} (of a network that exists) and {MtuOption} (default: what the fabric carries)"),
        _ => this, // of other drivers: compose files carry them along
    };

    static Guid ParseUid(string value) => Guid.TryParse(value, out var uid)
        ? uid
        : throw new DriverException($"{UidOption}: '{value}' is not a uid; `weft get network NAME -o json` shows it");

    static string ParseLabel(string option, string value) =>
        value.Length is > 0 and <= 63 && value == DockerNames.Label(value)
            ? value
            : throw new DriverException(
                $"{option}: '{value}' is not a name: 1 to 63 lower-case letters, digits and dashes, no dash at either end");

    static int ParseMtu(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var mtu) && mtu is >= 1280 and <= 65535
            ? mtu
            : throw new DriverException($"{MtuOption}: '{value}' is not a number of bytes from 1280 to 65535");
}
