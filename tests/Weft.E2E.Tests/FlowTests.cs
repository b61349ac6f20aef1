using System.Text.Json;
using Weft.E2E.Tests.Harness;

namespace Weft.E2E.Tests;

/// <summary>
/// Every flow on record: what containers on two hosts did is in <c>weft flows</c> with the right bytes, verdicts and rules, and
/// the totals are those of the interfaces themselves, less what is counted as lost.
/// </summary>
public sealed class FlowTests(FlowSite site) : IClassFixture<FlowSite>
{
    /// <summary>A SYN to each port from 1, and no second one.</summary>
    const string Scan =
        """($h,$n)=@ARGV;for(1..$n){socket(S,2,1,6)||die;fcntl(S,4,2048);connect(S,pack("Sna4x8",2,$_,pack("C4",split(/[.]/,$h))));close(S)}""";

    /// <summary>Takes a little of what is poured, says that it did, and waits.</summary>
    const string Sip =
        """($h,$p)=@ARGV;socket(S,2,1,6)||die;connect(S,pack("Sna4x8",2,$p,pack("C4",split(/[.]/,$h))))||die"$!";sysread(S,$b,1000);open(F,">/tmp/sipped");close(F);sleep 1000""";

    [Fact]
    public async Task What_two_hosts_did_is_on_record_to_the_byte()
    {
        const int connections = 100_000;
        var accounts = await OpenAccountsAsync();
        var before = await ShortOnRecordAsync();

        using var stream = JsonDocument.Parse(await site.First.InContainerAsync(
            FlowSite.Client, "iperf3", "-c", site.Target, "-n", "100M", "-J"));
        await site.First.InContainerAsync(FlowSite.Client, "perl", "-e", Scan, site.Target, $"{FlowSite.Denied}");
        await KillConnectionAsync();
        await site.ConnectAsync(FlowSite.Short, connections / FlowSite.Short.Length);

        var lost = await accounts[0].BalanceAsync();
        await accounts[1].BalanceAsync();
        await AssertStreamAsync(stream.RootElement.GetProperty("end").GetProperty("sum_sent").GetProperty("bytes").GetInt64());
        await AssertScanAsync();
        await AssertKilledAsync();
        var (opened, closed) = await ShortOnRecordAsync();
        // A starved machine loses some; as a rule, none.
        Assert.InRange(lost.Records, 0, connections / 10);
        Assert.InRange(opened - before.Opened, connections - lost.Records, connections);
        Assert.InRange(closed - before.Closed, connections - lost.Records, connections);
    }

    [Fact]
    public async Task What_nobody_came_to_take_is_counted_to_the_connection_and_the_byte()
    {
        const int connections = 80_000;
        var ports = FlowSite.Short[..2];
        var accounts = await OpenAccountsAsync();
        var before = await ShortOnRecordAsync();

        // The ring holds some 30,000 reports, and connections on the ports of others leave no time to wait for room.
        await site.First.KillDaemonAsync("agent");
        await site.ConnectAsync(ports, connections / ports.Length);
        await Site.StartAgentAsync(site.First);
        await Site.WaitForAgentAsync(site.First);

        var lost = await accounts[0].BalanceAsync();
        Assert.InRange(lost.Records, 1, connections);
        await accounts[1].BalanceAsync();
        var status = await site.First.TryAsync("weft", "flows", "status");
        Assert.Equal(1, status.Code);
        Assert.Contains("lost at vrouter", status.Output, StringComparison.Ordinal);
        var (opened, closed) = await ShortOnRecordAsync();
        Assert.Equal((connections, connections), (opened - before.Opened + lost.Records, closed - before.Closed + lost.Records));
    }

    async Task<Account[]> OpenAccountsAsync() =>
        [await Account.OpenAsync(site, site.First, FlowSite.Client), await Account.OpenAsync(site, site.Second, FlowSite.Server)];

    async Task<(long Opened, long Closed)> ShortOnRecordAsync()
    {
        var sums = await site.First.SumsAsync(
            $"source.name = {FlowSite.Client} and destination.port in ({string.Join(", ", FlowSite.Short)}) and verdict = allowed", "connections", "closed");
        return (sums[0], sums[1]);
    }

    async Task KillConnectionAsync()
    {
        await site.First.DockerAsync("exec", "-d", FlowSite.Client, "perl", "-e", Sip, site.Target, $"{FlowSite.Pouring}");
        await Shell.EventuallyAsync("a connection to kill", async () =>
            (await site.First.TryInContainerAsync(FlowSite.Client, "test", "-e", "/tmp/sipped")).Succeeded);
        await site.First.InContainerAsync(FlowSite.Client, "killall", "-9", "perl");
    }

    async Task AssertStreamAsync(long sent)
    {
        var rows = await RowsAsync(
            $"destination.port = {FlowSite.Measured}", "--group-by", "verdict,policy,rule,destination.name",
            "--aggregate", "sum(connections),sum(closed),sum(bytes)");
        var row = Assert.Single(rows);
        Assert.Equal(
            ("allowed", FlowSite.Policy, 2, FlowSite.Server),
            (row.Text("verdict"), row.Text("policy"), row.Number("rule"), row.Text("destination.name")));
        Assert.Equal((2, 2), (row.Number("sum(connections)"), row.Number("sum(closed)"))); // one to talk about it, one for the stream
        Assert.InRange(row.Number("sum(bytes)"), sent, sent + sent / 10);
    }

    async Task AssertScanAsync()
    {
        var rows = await RowsAsync("verdict = denied", "--group-by", "reason,policy,rule", "--aggregate", "sum(packets),sum(connections)");
        var row = Assert.Single(rows);
        Assert.Equal(("policy-denied", FlowSite.Policy, 1), (row.Text("reason"), row.Text("policy"), row.Number("rule")));
        Assert.Equal((FlowSite.Denied, 0), (row.Number("sum(packets)"), row.Number("sum(connections)")));
    }

    async Task AssertKilledAsync()
    {
        var rows = await RowsAsync(
            $"destination.port = {FlowSite.Pouring} and closed = 1", "--fields", "end,verdict,policy,rule,total.reply.bytes,tcp.flags");
        var row = Assert.Single(rows);
        Assert.Equal(
            ("reset", "allowed", FlowSite.Policy, 2), (row.Text("end"), row.Text("verdict"), row.Text("policy"), row.Number("rule")));
        Assert.Contains("rst", row.Text("tcp.flags"), StringComparison.Ordinal);
        Assert.True(row.Number("total.reply.bytes") > 1000);
    }

    Task<List<JsonElement>> RowsAsync(string filter, params string[] options) =>
        site.First.FlowsAsync(["--where", $"source.name = {FlowSite.Client} and {filter}", .. options]);
}
