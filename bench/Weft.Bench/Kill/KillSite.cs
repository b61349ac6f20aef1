using System.Globalization;
using Weft.Bench.Setups;

namespace Weft.Bench.Kill;

/// <summary>Three hosts with a member of a load balancer on each, whose floating IP is on the second one; the server is on the first.</summary>
sealed class KillSite : IDisposable
{
    public const int Hosts = 3, Front = 2, Other = 3;
    public const string Address = "172.30.0.100";
    const string Server = "172.30.0.1:7440";
    const int Port = 80;

    /// <summary>So long after its start the server takes nobody for dead.</summary>
    static readonly TimeSpan Settling = TimeSpan.FromSeconds(11);

    readonly Site _site = new("wbkill");
    readonly string _folder = Directory.CreateTempSubdirectory("weft-bench-kill").FullName;
    readonly string _outside;

    public KillSite()
    {
        _site.Down();
        try
        {
            _site.Up(Hosts, docker: false);
            _outside = _site.Outside(1);
            Shell.Run($"nsenter --net={_outside} sh -c 'echo 1024 65535 > /proc/sys/net/ipv4/ip_local_port_range'");
            StartServer();
            for (var host = 1; host <= Hosts; host++)
                StartAgent(host, $" --token {_site.Weft(1, $"token create host{host} --role join").Trim()}");
            _site.WaitForNodes(Hosts);
            WeftSite.MakeInternet(_site);
            _site.Weft(1, "network create bench --subnet 10.95.0.0/24");
            for (var host = 1; host <= Hosts; host++)
            {
                WeftSite.Attach(_site, host, $"m{host}", $"10.95.0.{10 + host}");
                StartMember(host);
            }
            // The first of them is placed on the first host.
            _site.Weft(1, "load-balancer create first --network bench --listener tcp:81 --member m1 --member m2 --member m3");
            WaitForPlace("first", 1);
            _site.Weft(1, "load-balancer create web --network bench --listener tcp:80 --member m1 --member m2 --member m3 --monitor http:/,interval=500ms");
            WaitForPlace("web", Front);
            _site.Weft(1, $"floating-ip create web --load-balancer web --address {Address} --open");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>All members are up, and the server has been there for long enough.</summary>
    public static void Settle()
    {
        Shell.WaitFor($"{Site.HostsScript} exec wbkill1 {Site.Published("weft")} load-balancer list | grep -q '^web .*3/3'", TimeSpan.FromSeconds(30));
        Thread.Sleep(Settling);
    }

    /// <summary>Connections from outside at a fixed rate, during which something happens.</summary>
    public (Knocks Knocks, DateTime At) Load(int rate, double before, double after, Action happening)
    {
        var seconds = (before + after).ToString(CultureInfo.InvariantCulture);
        var bench = Path.Combine(AppContext.BaseDirectory, "Weft.Bench");
        var load = Task.Run(() => Shell.Run($"nsenter --net={_outside} {bench} knock {Address} {Port} {rate} {seconds}", TimeSpan.FromMinutes(5)));
        Thread.Sleep(TimeSpan.FromSeconds(before));
        var at = DateTime.UtcNow;
        happening();
        return (Knocks.Parse(load.Result), at);
    }

    public void KillMember(int host) => Kill(host, "member");

    public void StartMember(int host)
    {
        var config = Path.Combine(_folder, $"m{host}.conf");
        File.WriteAllText(config, $$"""
            daemon off; master_process off; pid /run/member.pid; error_log /dev/null;
            events { worker_connections 4096; }
            http { access_log off; server { listen {{Port}} backlog=4096; location / { return 200 "m{{host}}"; } } }
            """);
        Start(host, "member", $"ip netns exec m{host} nginx -c {config}");
    }

    /// <summary>All agents and the server, as a crash does it; they are back two seconds later.</summary>
    public void KillDaemons()
    {
        Kill(1, "server");
        for (var host = 1; host <= Hosts; host++)
            Kill(host, "agent");
        Thread.Sleep(TimeSpan.FromSeconds(2));
        StartServer();
        for (var host = 1; host <= Hosts; host++)
            StartAgent(host, "");
    }

    /// <summary>As when its power fails: no more packet leaves it, not even to say that a connection is closed.</summary>
    public static void KillHost(int host)
    {
        CutLink(host);
        Shell.Run($"kill -9 $(cat ${{WEFT_HOSTS:-/var/tmp/weft-hosts}}/wbkill/wbkill{host}/holder)");
    }

    public static void CutLink(int host) => Shell.Run($"ip -n wbkill-fabric link set port{host} down");

    public static void JoinLink(int host) => Shell.Run($"ip -n wbkill-fabric link set port{host} up");

    public void Dispose()
    {
        _site.Down();
        Directory.Delete(_folder, recursive: true);
    }

    void StartServer()
    {
        Start(1, "server", $"{Site.Published("weftd")} server --listen {Server}");
        Shell.WaitFor($"{Site.HostsScript} exec wbkill1 {Site.Published("weft")} node list", TimeSpan.FromSeconds(30));
    }

    void StartAgent(int host, string options) =>
        Start(host, "agent", $"{Site.Published("weftd")} agent --server https://{Server}{options} --no-docker");

    void Start(int host, string name, string command) =>
        _site.Exec(host, $"sh -c 'exec {command} >> /run/{name}.log 2>&1 < /dev/null & echo $! > /run/{name}.pid'");

    void Kill(int host, string name) => _site.Exec(host, $"sh -c 'kill -9 $(cat /run/{name}.pid)'");

    static void WaitForPlace(string balancer, int host) => Shell.WaitFor(
        $"{Site.HostsScript} exec wbkill1 {Site.Published("weft")} get load-balancer {balancer} -o json | grep -q '\"node\": *\"wbkill{host}\"'", TimeSpan.FromSeconds(30));
}
