using System.Globalization;
using Weft.Linux.Namespaces;

namespace Weft.Linux;

public sealed partial class Netlink
{
    const string DockerNamespaces = "/run/docker/netns";

    /// <summary>
    /// Opens the namespace that this one knows by a number (<see cref="Link.PeerNamespaceId"/>): the kernel only tells
    /// the number of one that is open, so those that have a name are looked through, then those of processes.
    /// </summary>
    /// <returns>Null: it is none that can be opened from here.</returns>
    public NetNs? OpenNamespace(int id)
    {
        var seen = new HashSet<NetNsIdentity>();
        foreach (var path in NamespaceFiles())
        {
            if (TryOpen(path) is not { } ns)
                continue;
            if (seen.Add(ns.Identity) && FindNamespaceId(ns) == id)
                return ns;
            ns.Dispose();
        }
        return null;
    }

    static IEnumerable<string> NamespaceFiles()
    {
        var named = NetNs.Names().Select(NamedNamespaces.PathOf);
        var docker = Directory.Exists(DockerNamespaces) ? Directory.EnumerateFiles(DockerNamespaces) : [];
        var processes = Directory.EnumerateDirectories("/proc")
            .Where(directory => int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(directory => $"{directory}/ns/net");
        return named.Concat(docker).Concat(processes);
    }

    /// <summary>Processes end while they are looked through.</summary>
    static NetNs? TryOpen(string path)
    {
        try
        {
            return NetNs.Open(path);
        }
        catch (LinuxException)
        {
            return null;
        }
    }
}
