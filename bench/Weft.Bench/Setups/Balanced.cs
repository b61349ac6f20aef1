namespace Weft.Bench.Setups;

/// <summary>A client outside and one who serves on the host itself: what nobody between them would cost.</summary>
sealed class OneServer(Placement placement) : Setup("one who serves, directly", placement, isLimit: true)
{
    readonly Site site = new(placement == Placement.Balanced ? "wbbone" : "wbpone");

    public override Ends Up()
    {
        site.Up(1, docker: false);
        return new(site.Outside(1), site.HostNetns(1), Site.FabricAddress(1));
    }

    public override void Down() => site.Down();
}

/// <summary>nftables that leads each new connection to the next of two, both behind the host.</summary>
sealed class NftablesBalancer() : Setup("nftables numgen DNAT", Placement.Balanced)
{
    readonly Site site = new("wbbnft");

    public override Ends Up()
    {
        site.Up(1, docker: false);
        var (one, two) = (Routed.Add(site, 1, 1), Routed.Add(site, 1, 2));
        site.Exec(1,
            "nft \"add table ip b; add chain ip b pre { type nat hook prerouting priority -100; }; add rule ip b pre ip daddr 172.30.0.100"
            + $" dnat to numgen inc mod 2 map {{ 0 : {Routed.AddressOf(1)}, 1 : {Routed.AddressOf(2)} }}\"");
        site.Exec(1, "ip addr add 172.30.0.100/32 dev fabric0");
        return new(site.Outside(1), one, "172.30.0.100") { OtherServers = [two] };
    }

    public override void Down()
    {
        Routed.Remove(site, 1, 2);
        site.Down();
    }
}

/// <summary>HAProxy on the host, two who serve behind it.</summary>
sealed class Haproxy(Placement placement) : Setup(placement == Placement.Balanced ? "HAProxy, TCP mode" : "HAProxy", placement)
{
    readonly Site site = new(placement == Placement.Balanced ? "wbbhap" : "wbphap");

    public override Ends Up()
    {
        site.Up(1, docker: false);
        var (one, two) = (Routed.Add(site, 1, 1), Routed.Add(site, 1, 2));
        var mode = Placement == Placement.Balanced ? "tcp" : "http";
        var config = $"global\n  nbthread 1\n  maxconn 8000\ndefaults\n  mode {mode}\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n"
            + string.Concat(Loads.Load.Ports.Select(port =>
                $"listen p{port}\n  bind {Site.FabricAddress(1)}:{port}\n  balance roundrobin\n  server a {Routed.AddressOf(1)}:{port}\n  server b {Routed.AddressOf(2)}:{port}\n"));
        var file = site.PathOf(1, "/run/haproxy.cfg");
        File.WriteAllText(file, config);
        // By connection everything is on one processor, so that nobody gains or loses by waking another.
        site.Start(1, $"{(Placement == Placement.Balanced ? "taskset -c 0 " : "")}haproxy -db -f /run/haproxy.cfg", "/run/haproxy.log");
        return new(site.Outside(1), one, Site.FabricAddress(1)) { OtherServers = [two] };
    }

    public override void Down()
    {
        Routed.Remove(site, 1, 2);
        site.Down();
    }
}

/// <summary>nginx as a proxy on the host, two who serve behind it.</summary>
sealed class NginxProxy() : Setup("nginx", Placement.Proxied)
{
    readonly Site site = new("wbpngx");

    public override Ends Up()
    {
        site.Up(1, docker: false);
        var (one, two) = (Routed.Add(site, 1, 1), Routed.Add(site, 1, 2));
        var config = "daemon off; worker_processes 1; pid /run/bench-nginx.pid; error_log /dev/null; events { worker_connections 4096; }\nhttp { access_log off;\n"
            + string.Concat(Loads.Load.Ports.Select(port =>
                $"upstream u{port} {{ server {Routed.AddressOf(1)}:{port}; server {Routed.AddressOf(2)}:{port}; keepalive 64; }}\n"
                + $"server {{ listen {Site.FabricAddress(1)}:{port} backlog=4096; location / {{ proxy_pass http://u{port}; proxy_http_version 1.1; proxy_set_header Connection \"\"; }} }}\n"))
            + "}\n";
        File.WriteAllText(site.PathOf(1, "/run/bench-nginx.conf"), config);
        site.Start(1, "nginx -c /run/bench-nginx.conf", "/run/bench-nginx.log");
        return new(site.Outside(1), one, Site.FabricAddress(1)) { OtherServers = [two] };
    }

    public override void Down()
    {
        Routed.Remove(site, 1, 2);
        site.Down();
    }
}

/// <summary>A floating IP of a load balancer of Weft; both who serve are on the host that it is on, as with the others.</summary>
sealed class WeftBalancer(Placement placement) : Setup("Weft", placement)
{
    readonly Site site = new(placement == Placement.Balanced ? "wbbweft" : "wbpweft");

    public override Ends Up()
    {
        site.Up(1, docker: false);
        WeftSite.Start(site, 1);
        var outside = site.Outside(1);
        WeftSite.MakeInternet(site);
        site.Weft(1, "network create bench --subnet 10.95.0.0/24");
        site.Weft(1, "policy create open --network bench --rule 'allow any from external:outside to network:bench'");
        var (one, two) = (WeftSite.Attach(site, 1, "one", "10.95.0.10"), WeftSite.Attach(site, 1, "two", "10.95.0.11"));
        var protocol = Placement == Placement.Balanced ? "tcp" : "http";
        var listeners = string.Concat(Loads.Load.Ports.Select(port => $" --listener {protocol}:{port}"));
        site.Weft(1, $"load-balancer create web --network bench{listeners} --member one --member two");
        site.Weft(1, "floating-ip create web --address 172.30.0.100 --load-balancer web");
        return new(outside, one, "172.30.0.100") { OtherServers = [two] };
    }

    public override void Down() => site.Down();
}
