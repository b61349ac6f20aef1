namespace Weft.Bench.Setups;

/// <summary>Hosts made by eng/hosts.sh: namespaces joined by a fabric, each with its own daemons.</summary>
sealed class Site(string name)
{
    static readonly string Root = FindRoot();

    public static readonly string HostsScript = Path.Combine(Root, "eng/hosts.sh");

    public string Name => name;

    public void Up(int hosts, bool docker) =>
        Shell.Run(
            $"{HostsScript} up {name} {hosts} --owner {Environment.ProcessId}{(docker ? "" : " --no-docker")}",
            TimeSpan.FromMinutes(3));

    /// <summary>A machine outside, on the wire of the hosts.</summary>
    /// <returns>Its network namespace.</returns>
    public string Outside(int number)
    {
        Shell.Run($"{HostsScript} outside {name} {number}");
        return $"/run/netns/{name}-outside{number}";
    }

    public void Down() => Shell.Try($"{HostsScript} down {name}");

    /// <summary>Runs a command on host <paramref name="number"/>, counted from 1.</summary>
    public string Exec(int number, string command) => Shell.Run($"{HostsScript} exec {name}{number} {command}", TimeSpan.FromMinutes(2));

    /// <summary>Runs the command line on a host.</summary>
    public string Weft(int number, string arguments) => Exec(number, $"{Published("weft")} {arguments}");

    /// <summary>Waits until <paramref name="count"/> nodes have joined the server on host 1.</summary>
    public void WaitForNodes(int count) =>
        Shell.WaitFor(
            $"test \"$({HostsScript} exec {name}1 {Published("weft")} node list -o name | wc -l)\" = {count}",
            TimeSpan.FromSeconds(30));

    /// <summary>Starts a daemon there, which ends with the host.</summary>
    public void Start(int number, string command, string log) =>
        Shell.Run($"{HostsScript} exec {name}{number} sh -c '{command} >{log} 2>&1 </dev/null & echo $!'");

    public static string FabricAddress(int number) => $"172.30.0.{number}";

    public string HostNetns(int number) => $"/run/netns/{name}{number}";

    /// <summary>A path of the host's own file system, as seen from outside.</summary>
    public string PathOf(int number, string path) =>
        $"/proc/{Shell.Run($"cat ${{WEFT_HOSTS:-/var/tmp/weft-hosts}}/{name}/{name}{number}/holder").Trim()}/root{path}";

    /// <summary>An image without programs worth speaking of: loads enter the containers' namespaces.</summary>
    public void LoadPause(int number) =>
        Shell.Run(
            "d=$(mktemp -d) && mkdir $d/bin && cp /bin/busybox $d/bin/ && ln -s busybox $d/bin/sleep"
            + $" && tar -C $d -c . > $d.tar && {HostsScript} load {name}{number} pause:1 $d.tar && rm -rf $d $d.tar");

    /// <summary>Runs a container and gives its network namespace, as seen from outside.</summary>
    public string Container(int number, string network)
    {
        var id = Exec(number, $"docker run -d --network {network} pause:1 /bin/sleep 1000000").Trim();
        var key = Exec(number, $"docker inspect -f '{{{{.NetworkSettings.SandboxKey}}}}' {id}").Trim();
        return PathOf(number, "/run/docker/netns/" + Path.GetFileName(key));
    }

    public static string Published(string program) => Path.Combine(Root, $"artifacts/publish/{program}/release/{program}");

    /// <summary>A program that is not installed.</summary>
    public static string Built(string program) => Path.Combine(Root, $"artifacts/bin/{program}/release/{program}");

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Weft.slnx")))
                return folder.FullName;
        throw new DirectoryNotFoundException("run the benchmark from inside the repository");
    }
}
