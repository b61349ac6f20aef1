using System.Text.Json;
using Weft.E2E.Tests.Harness;

namespace Weft.E2E.Tests;

/// <summary>
/// Every flow on record: what containers on two hosts did is in <c>weft flows</c> with the right bytes, verdicts and rules, and
/// the totals are those of the interfaces themselves.
/// </summary>
public sealed class FlowTests(Site site) : IClassFixture<Site>
{
    const string Client = "flow-client";
    const string Server = "flow-server";
    const int Ports = 5;
    const int Connections = 100_000;
    const int Scanned = 1000;
    static readonly TimeSpan s_long = TimeSpan.FromMinutes(3);

    /// <summary>Sends a little and closes, for ever.</summary>
    const string Serve =
        """socket(S,2,1,6)||die;setsockopt(S,1,2,pack("l",1));bind(S,pack("Sna4x8",2,$ARGV[0],"\0"x4))||die;listen(S,4096)||die;while(accept(C,S)){syswrite(C,"x"x100);close(C)}""";

    /// <summary>So many connections, one after the other; the other side closes.</summary>
    const string Connect =
        """($h,$p,$n)=@ARGV;$a=pack("Sna4x8",2,$p,pack("C4",split(/[.]/,$h)));for(1..$n){socket(S,2,1,6)||die;connect(S,$a)||die"$!";1 while sysread(S,$b,4096);close(S)}print $n""";

    /// <summary>A SYN to each port from 1, and no second one.</summary>
    const string Scan =
        """($h,$n)=@ARGV;for(1..$n){socket(S,2,1,6)||die;fcntl(S,4,2048);connect(S,pack("Sna4x8",2,$_,pack("C4",split(/[.]/,$h))));close(S)}""";

    /// <summary>Sends as long as somebody takes it.</summary>
    const string Pour =
        """$SIG{PIPE}="IGNORE";socket(S,2,1,6)||die;bind(S,pack("Sna4x8",2,$ARGV[0],"\0"x4))||die;listen(S,9);while(accept(C,S)){1 while syswrite(C,"x"x65536);close(C)}""";

    /// <summary>Takes a little of what is poured, says that it did, and waits.</summary>
    const string Sip =
        """($h,$p)=@ARGV;socket(S,2,1,6)||die;connect(S,pack("Sna4x8",2,$p,pack("C4",split(/[.]/,$h))))||die"$!";sysread(S,$b,1000);open(F,">/tmp/sipped");close(F);sleep 1000""";

    [Fact]
    public async Task What_two_hosts_did_is_on_record_to_the_byte()
    {
        var target = await PrepareAsync();
        Account[] accounts = [await Account.OpenAsync(site, site.First, Client), await Account.OpenAsync(site, site.Second, Server)];

        using var stream = JsonDocument.Parse(await site.First.InContainerAsync(Client, "iperf3", "-c", target, "-n", "100M", "-J"));
        await site.First.InContainerAsync(Client, "perl", "-e", Scan, target, $"{Scanned}");
        await KillConnectionAsync(target);
        await ConnectALotAsync(target);

        foreach (var account in accounts)
            await account.BalanceAsync();
        await AssertStreamAsync(stream.RootElement.GetProperty("end").GetProperty("sum_sent").GetProperty("bytes").GetInt64());
        await AssertScanAsync();
        await AssertKilledAsync();
        long[] expected = [Connections, Connections];
        Assert.Equal(expected, await site.First.SumsAsync(
            $"source.name = {Client} and destination.port in 7001-{7000 + Ports} and verdict = allowed", "connections", "closed"));
    }

    /// <summary>Two containers on two hosts, with a policy between them, whose interfaces carry flows alone; all that was before is on record.</summary>
    async Task<string> PrepareAsync()
    {
        var left = await site.CreateNetworkAsync("flow-left", "default", "10.121.0.0/24");
        var right = await site.CreateNetworkAsync("flow-right", "default", "10.122.0.0/24");
        await site.First.WeftAsync(
            "policy", "create", "flow-rules", "--network", "flow-left", "--network", "flow-right",
            "--rule", $"deny tcp flow-left -> flow-right 1-{Scanned}", "--rule", "allow tcp flow-left -> flow-right");
        await site.Second.StartContainerAsync(right, Server);
        // Few ports, so that connections are opened on those of others that have ended.
        await site.First.StartContainerAsync(left, Client, "--sysctl", "net.ipv4.ip_local_port_range=20000 29999");
        await Carried.PlainlyAsync(site.First, Client);
        await Carried.PlainlyAsync(site.Second, Server);
        await site.Second.InContainerAsync(Server, "iperf3", "-s", "-D");
        for (var port = 7000; port <= 7000 + Ports; port++)
            await site.Second.DockerAsync("exec", "-d", Server, "perl", "-e", Serve, $"{port}");
        await site.Second.DockerAsync("exec", "-d", Server, "perl", "-e", Pour, "9000");
        var target = await site.Second.AddressOfAsync(Server);
        foreach (var port in (int[])[.. Enumerable.Range(7000, Ports + 1), 9000, 5201])
            await site.Second.ListensAsync(Server, port);
        await Shell.EventuallyAsync("a connection", async () =>
            (await site.First.TryInContainerAsync(Client, "socat", "-u", $"TCP:{target}:7000,connect-timeout=1", "/dev/null")).Succeeded);
        await Shell.EventuallyAsync("an end of what came before", async () =>
            (await site.First.SumsAsync($"source.name = {Client}", "connections", "closed")) is [> 0 and var opened, var closed] && opened == closed);
        return target;
    }

    async Task KillConnectionAsync(string target)
    {
        await site.First.DockerAsync("exec", "-d", Client, "perl", "-e", Sip, target, "9000");
        await Shell.EventuallyAsync("a connection to kill", async () => (await site.First.TryInContainerAsync(Client, "test", "-e", "/tmp/sipped")).Succeeded);
        await site.First.InContainerAsync(Client, "killall", "-9", "perl");
    }

    async Task ConnectALotAsync(string target)
    {
        var runs = Enumerable.Range(7001, Ports).Select(port => Shell.RunAsync(
            [Repository.Hosts, "exec", site.First.Name, "docker", "exec", Client, "perl", "-e", Connect, target, $"{port}", $"{Connections / Ports}"], s_long));
        foreach (var run in await Task.WhenAll(runs))
            Assert.Equal($"{Connections / Ports}", run.Checked().Text);
    }

    async Task AssertStreamAsync(long sent)
    {
        var sums = await site.First.SumsAsync($"source.name = {Client} and destination.port = 5201", "connections", "closed", "bytes");
        Assert.Equal([2, 2], sums[..2]); // one to talk about it, one for the stream
        Assert.InRange(sums[2], sent, sent + sent / 10);
        var rows = await site.First.FlowsAsync("--where", $"source.name = {Client} and destination.port = 5201", "--group-by", "verdict,policy,rule,destination.name");
        var row = Assert.Single(rows);
        Assert.Equal(("allowed", "default/flow-rules", 2, Server), (row.Text("verdict"), row.Text("policy"), row.Number("rule"), row.Text("destination.name")));
    }

    async Task AssertScanAsync()
    {
        var rows = await site.First.FlowsAsync(
            "--where", $"source.name = {Client} and verdict = denied", "--group-by", "reason,policy,rule", "--aggregate", "sum(packets),sum(bytes)");
        var row = Assert.Single(rows);
        Assert.Equal(("policy-denied", "default/flow-rules", 1), (row.Text("reason"), row.Text("policy"), row.Number("rule")));
        Assert.Equal(Scanned, row.Number("sum(packets)"));
    }

    async Task AssertKilledAsync()
    {
        var rows = await site.First.FlowsAsync("--where", $"source.name = {Client} and destination.port = 9000 and closed = 1", "--fields", "end,total.reply.bytes,tcp.flags");
        var row = Assert.Single(rows);
        Assert.Equal("reset", row.Text("end"));
        Assert.True(row.Number("total.reply.bytes") > 1000);
    }
}
