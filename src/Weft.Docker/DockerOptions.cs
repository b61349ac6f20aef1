using Weft.Model.Resources;

namespace Weft.Docker;

/// <summary>Settings of the Docker drivers of one agent.</summary>
public sealed record DockerOptions
{
    /// <summary>Where Docker looks for a plugin named <c>weft</c>; its name is the driver's name.</summary>
    public string PluginSocket { get; init; } = "/run/docker/plugins/weft.sock";

    public Uri Engine { get; init; } = new("unix:///var/run/docker.sock");

    /// <summary>What Docker's networks and endpoints are in Weft. Survives reboots.</summary>
    public string StateDirectory { get; init; } = "/var/lib/weft/docker";

    /// <summary>Of Docker networks that name no project.</summary>
    public string DefaultProject { get; init; } = ProjectResource.DefaultProject;

    /// <summary>What dockerd reads on this host: with a loopback resolver in it, Docker asks around us.</summary>
    public string ResolvConf { get; init; } = "/etc/resolv.conf";

    /// <summary>Between two comparisons of what Docker has with what Weft has.</summary>
    public TimeSpan RepairInterval { get; init; } = TimeSpan.FromSeconds(60);
}
