using Weft.Model.State;

namespace Weft.Docker.Networks;

/// <summary>How networks and containers are called on both sides.</summary>
static class DockerNames
{
    /// <summary>The name in Docker of a Weft network: its own in the default project, else with the project before it.</summary>
    public static string ForDocker(NodeNetwork network, string defaultProject) =>
        network.Project == defaultProject ? network.Name : $"{network.Project}.{network.Name}";

    /// <summary>
    /// Project and name in Weft of a network that Docker made. <c>red.frontend</c> is <c>frontend</c> of project
    /// <c>red</c>, as it would be the other way round.
    /// </summary>
    public static (string Project, string Name) ForWeft(string dockerName, string? project, string defaultProject)
    {
        var dot = dockerName.IndexOf('.', StringComparison.Ordinal);
        return project is null && dot > 0 && dot < dockerName.Length - 1
            ? (Label(dockerName[..dot]), Label(dockerName[(dot + 1)..]))
            : (project ?? defaultProject, Label(dockerName));
    }

    /// <summary>
    /// The nearest DNS label (RFC 1123): Docker allows capitals, underscores and dots, as in <c>shop_default</c>
    /// of docker-compose.
    /// </summary>
    public static string Label(string name)
    {
        var label = string.Create(Math.Min(name.Length, 63), name, static (label, name) =>
        {
            for (var i = 0; i < label.Length; i++)
                label[i] = char.IsAsciiLetterOrDigit(name[i]) ? char.ToLowerInvariant(name[i]) : '-';
        });
        return label.Trim('-');
    }
}
