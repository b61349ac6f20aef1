namespace Weft.E2E.Tests.Harness;

/// <summary>
/// A site with two containers on two hosts, a policy between their networks, and interfaces that carry flows alone. Everything
/// of before is on record.
/// </summary>
public sealed class FlowSite : Site
{
    internal const string Client = "flow-client";
    internal const string Server = "flow-server";
    internal const string Policy = "default/flow-rules";

    /// <summary>Where iperf3 listens.</summary>
    internal const int Measured = 5201;

    /// <summary>Where somebody sends as long as it is taken.</summary>
    internal const int Pouring = 9000;

    /// <summary>Ports from 1 that the first rule denies; the second allows the others.</summary>
    internal const int Denied = 1000;

    /// <summary>Where connections are short.</summary>
    internal static readonly int[] Short = [7001, 7002, 7003, 7004, 7005];

    const int Readiness = 7000;

    /// <summary>Sends a little and closes, for ever.</summary>
    const string Serve =
        """socket(S,2,1,6)||die;setsockopt(S,1,2,pack("l",1));bind(S,pack("Sna4x8",2,$ARGV[0],"\0"x4))||die;listen(S,4096)||die;while(accept(C,S)){syswrite(C,"x"x100);close(C)}""";

    /// <summary>Sends as long as somebody takes it.</summary>
    const string Pour =
        """$SIG{PIPE}="IGNORE";socket(S,2,1,6)||die;bind(S,pack("Sna4x8",2,$ARGV[0],"\0"x4))||die;listen(S,9);while(accept(C,S)){1 while syswrite(C,"x"x65536);close(C)}""";

    /// <summary>So many connections, one after the other; the other side closes.</summary>
    const string Connect =
        """($h,$p,$n)=@ARGV;$a=pack("Sna4x8",2,$p,pack("C4",split(/[.]/,$h)));for(1..$n){socket(S,2,1,6)||die;connect(S,$a)||die"$!";1 while sysread(S,$b,4096);close(S)}print $n""";

    /// <summary>Of the server.</summary>
    internal string Target { get; private set; } = "";

    /// <summary>Opens connections to <see cref="Short"/> ports, all at once to each, and sees every one through.</summary>
    internal async Task ConnectAsync(IReadOnlyCollection<int> ports, int each)
    {
        var runs = ports.Select(port => First.InContainerAsync(Client, "perl", "-e", Connect, Target, $"{port}", $"{each}"));
        foreach (var made in await Task.WhenAll(runs))
            Assert.Equal($"{each}", made);
    }

    protected override async Task PrepareAsync()
    {
        var left = await CreateNetworkAsync("flow-left", "default", "10.121.0.0/24");
        var right = await CreateNetworkAsync("flow-right", "default", "10.122.0.0/24");
        await First.WeftAsync(
            "policy", "create", "flow-rules", "--network", "flow-left", "--network", "flow-right",
            "--rule", $"deny tcp flow-left -> flow-right 1-{Denied}", "--rule", "allow tcp flow-left -> flow-right");
        await Second.StartContainerAsync(right, Server);
        // Few ports, so that connections are opened on those of others that have ended.
        await First.StartContainerAsync(left, Client, "--sysctl", "net.ipv4.ip_local_port_range=20000 29999");
        await Carried.PlainlyAsync(First, Client);
        await Carried.PlainlyAsync(Second, Server);
        await ListenAsync();
        Target = await Second.AddressOfAsync(Server);
        await Shell.EventuallyAsync("a connection", async () =>
            (await First.TryInContainerAsync(Client, "socat", "-u", $"TCP:{Target}:{Readiness},connect-timeout=1", "/dev/null")).Succeeded);
        await Shell.EventuallyAsync("an end of what came before", async () =>
            (await First.SumsAsync($"source.name = {Client}", "connections", "closed")) is [> 0 and var opened, var closed] && opened == closed);
    }

    async Task ListenAsync()
    {
        await Second.InContainerAsync(Server, "iperf3", "-s", "-D");
        await Second.DockerAsync("exec", "-d", Server, "perl", "-e", Pour, $"{Pouring}");
        foreach (var port in (int[])[Readiness, .. Short])
            await Second.DockerAsync("exec", "-d", Server, "perl", "-e", Serve, $"{port}");
        foreach (var port in (int[])[Measured, Pouring, Readiness, .. Short])
        {
            await Shell.EventuallyAsync($"a listener at port {port}", async () => (await Second.TryInContainerAsync(
                Server, "sh", "-c", $"netstat -ltn | grep -q ':{port} '")).Succeeded);
        }
    }
}
