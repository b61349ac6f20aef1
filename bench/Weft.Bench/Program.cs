using System.CommandLine;
using Weft.Analytics.Storage.ClickHouse;
using Weft.Analytics.Storage.DuckDb;
using Weft.Bench;
using Weft.Bench.Flows;
using Weft.Bench.Kill;
using Weft.Bench.Loads;
using Weft.Bench.Results;
using Weft.Bench.Rules;
using Weft.Bench.Scale;
using Weft.Bench.Setups;

var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5, Description = "interleaved rounds; the table shows medians" };
var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 3, Description = "of each single measurement" };
var only = new Option<string?>("--only") { Description = "set-ups whose name contains this; the limits always run" };
var output = new Option<DirectoryInfo?>("--output") { Description = "folder for results.json and results.md" };

var command = new RootCommand("Measures ways to join containers, side by side in one run. Needs root.")
{
    rounds, seconds, only, output,
};
command.SetAction(parsed =>
{
    Setup[] setups =
    [
        new BareVeth(), new LinuxBridge(), new DockerBridge(), new WeftNetwork(Placement.SameHost),
        new BareFabric(), new VxlanBridge(), new SwarmOverlay(), new WeftNetwork(Placement.CrossHost),
    ];
    var chosen = setups
        .Where(setup => setup.IsLimit || parsed.GetValue(only) is not { } part || setup.Name.Contains(part, StringComparison.OrdinalIgnoreCase))
        .ToArray();
    Load[] loads = [new Iperf(1), new Iperf(8), new Sockperf(), new Wrk(), new Iperf(1, oneProcessor: false), new Iperf(8, oneProcessor: false)];
    var series = Rounds.Run(chosen, loads, parsed.GetValue(rounds), parsed.GetValue(seconds));
    var table = Report.ToMarkdown(series);
    Console.WriteLine(table);
    if (parsed.GetValue(output) is { } folder)
    {
        folder.Create();
        File.WriteAllText(Path.Combine(folder.FullName, "results.md"), table);
        File.WriteAllText(Path.Combine(folder.FullName, "results.json"), Report.ToJson(series));
    }
    return 0;
});

var outsideRounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5 };
var outsideOnly = new Option<string?>("--only") { Description = "set-ups whose name contains this; the limits always run" };
var outside = new Command("outside", "Clients outside: floating IPs and published ports, load balancing by connection and by request.") { outsideRounds, seconds, outsideOnly };
outside.SetAction(parsed =>
{
    var (part, count, length) = (parsed.GetValue(outsideOnly), parsed.GetValue(outsideRounds), parsed.GetValue(seconds));
    var series = new List<Series>();
    (Setup[], Load[])[] groups =
    [
        ([new BareHost(), new NftablesDnat(), new DockerPublished(), new WeftInbound(published: false), new WeftInbound(published: true)],
            [new Iperf(1), new Sockperf(), new Wrk()]),
        ([new OneServer(Placement.Balanced), new NftablesBalancer(), new Haproxy(Placement.Balanced), new WeftBalancer(Placement.Balanced)],
            [new Sockperf(), new Wrk(oneProcessor: true)]), // iperf3 needs two connections to one server
        ([new OneServer(Placement.Proxied), new NginxProxy(), new Haproxy(Placement.Proxied), new WeftBalancer(Placement.Proxied)],
            [new WrkRequests()]),
    ];
    foreach (var (setups, loads) in groups)
    {
        var chosen = setups.Where(setup => setup.IsLimit || part is null || setup.Name.Contains(part, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (chosen.Length > 1)
            series.AddRange(Rounds.Run(chosen, loads, count, length));
    }
    var table = Report.ToMarkdown(series);
    Console.WriteLine(table);
    Directory.CreateDirectory("bench/results");
    File.WriteAllText("bench/results/outside.md", table);
});
command.Add(outside);

var networks = new Option<int>("--networks") { DefaultValueFactory = _ => 2000 };
var ports = new Option<int>("--ports") { DefaultValueFactory = _ => 500 };
var scale = new Command("scale", "Fills one node and says what attaching, lists and memory cost.") { networks, ports };
scale.SetAction(parsed => Console.WriteLine(ScaleRun.Run(parsed.GetValue(networks), parsed.GetValue(ports))));
command.Add(scale);

var rulesRounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5 };
var rules = new Command("rules", "Traffic under 1 to 10,000 rules, and the time until a change is in force.") { rulesRounds, seconds };
rules.SetAction(parsed =>
{
    var table = RulesRun.Run(parsed.GetValue(rulesRounds), parsed.GetValue(seconds));
    Console.WriteLine(table);
    Directory.CreateDirectory("bench/results");
    File.WriteAllText("bench/results/rules.md", table);
});
command.Add(rules);

var floatings = new Option<int>("--floating-ips") { DefaultValueFactory = _ => 10_000 };
var balancers = new Option<int>("--load-balancers") { DefaultValueFactory = _ => 1_000 };
var many = new Command("outside-scale", "What many floating IPs and load balancers cost.") { floatings, balancers, outsideRounds, seconds };
many.SetAction(parsed =>
{
    var table = OutsideScaleRun.Run(
        parsed.GetValue(floatings), parsed.GetValue(balancers), parsed.GetValue(outsideRounds), parsed.GetValue(seconds));
    Console.WriteLine(table);
    Directory.CreateDirectory("bench/results");
    File.WriteAllText("bench/results/outside-scale.md", table);
});
command.Add(many);

var flows = new Option<int>("--flows") { DefaultValueFactory = _ => 100_000, Description = "each is on record once a second" };
var flowSeconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 60 };
var clickHouse = new Option<bool>("--clickhouse") { Description = "into a ClickHouse beside the server, by tests/Weft.ClickHouseServer, which must be built" };
var records = new Command("records", "Flow records a second, from the kernel to the store.") { flows, flowSeconds, clickHouse };
records.SetAction(parsed =>
{
    var isClickHouse = parsed.GetValue(clickHouse);
    var table = RecordsRun.Run(parsed.GetValue(flows), parsed.GetValue(flowSeconds), isClickHouse);
    Console.WriteLine(table);
    Directory.CreateDirectory("bench/results");
    File.WriteAllText(isClickHouse ? "bench/results/records-clickhouse.md" : "bench/results/records.md", table);
});
command.Add(records);

var cache = new Option<DirectoryInfo>("--cache")
{
    DefaultValueFactory = _ => new(Environment.GetEnvironmentVariable("WEFT_BENCH_CACHE") ?? "/var/tmp/weft-bench"),
    Description = "where databases are made once and kept: ten gigabytes for a hundred million records",
};
var sizes = new Option<long[]>("--records")
{
    DefaultValueFactory = _ => [1_000_000, 10_000_000, 100_000_000], AllowMultipleArgumentsPerToken = true, Description = "sizes of the databases",
};
var queryRounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5 };
var flowQueries = new Command("flow-queries", "The documented questions over databases of flow records of growing size.") { cache, sizes, queryRounds };
flowQueries.SetAction(async (parsed, _) =>
{
    var table = await FlowQueriesRun.RunAsync(parsed.GetValue(cache)!.FullName, parsed.GetValue(sizes)!, parsed.GetValue(queryRounds));
    Console.WriteLine(table);
    Directory.CreateDirectory("bench/results");
    await File.WriteAllTextAsync("bench/results/flow-queries.md", table, CancellationToken.None);
});
command.Add(flowQueries);

var rate = new Option<int>("--rate") { DefaultValueFactory = _ => 100_000, Description = "records a second; 0: as fast as it goes" };
var length = new Option<int>("--duration") { DefaultValueFactory = _ => 300, Description = "seconds" };
var flowAppend = new Command("flow-append", "Flow records into the store, with roll-ups beside it.") { cache, rate, length };
flowAppend.SetAction(async (parsed, _) =>
{
    var folder = Path.Combine(parsed.GetValue(cache)!.FullName, "flow-append");
    if (Directory.Exists(folder))
        Directory.Delete(folder, recursive: true);
    await using var store = new DuckDbFlowStore(new(folder), TimeProvider.System);
    Console.WriteLine(await FlowAppendRun.RunAsync(store, parsed.GetValue(rate), TimeSpan.FromSeconds(parsed.GetValue(length)), TimeSpan.FromMilliseconds(400)));
});
command.Add(flowAppend);
var killRate = new Option<int>("--rate") { DefaultValueFactory = _ => 1200, Description = "new connections a second" };
var part = new Option<string?>("--only") { Description = "rows whose name contains this" };
var kill = new Command("kill", "What clients outside lose when members, agents, the server and nodes die under load.") { killRate, part };
kill.SetAction(parsed =>
{
    var table = KillRun.Run(parsed.GetValue(killRate), parsed.GetValue(part));
    Console.WriteLine(table);
    Directory.CreateDirectory("bench/results");
    File.WriteAllText("bench/results/kill.md", table);
});
command.Add(kill);
var reportsRounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 15, Description = "pairs of measurements, one after the other; ratios are medians of theirs" };
var reports = new Command("reports", "What it costs that every flow is reported and recorded: with against without, in pairs.") { reportsRounds, seconds };
reports.SetAction(parsed =>
{
    Setup[] setups = [.. WeftNetwork.WithAndWithoutRecords(Placement.SameHost), .. WeftNetwork.WithAndWithoutRecords(Placement.CrossHost)];
    var series = Rounds.Run(
        setups, [new Iperf(1), new Iperf(8), new Sockperf(), new Wrk(oneProcessor: true), new Wrk()], parsed.GetValue(reportsRounds), parsed.GetValue(seconds));
    var table = Report.ToMarkdown(series);
    Console.WriteLine(table);
    Directory.CreateDirectory("bench/results");
    File.WriteAllText("bench/results/reports.md", table);
});
command.Add(reports);

var engine = new Argument<string>("url") { Description = "such as http://127.0.0.1:8123/bench" };
var engineRate = new Option<int>("--rate") { DefaultValueFactory = _ => 100_000, Description = "records a second; 0: as fast as it goes" };
var engineSeconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 300 };
var engineGather = new Option<int>("--gather") { DefaultValueFactory = _ => 400, Description = "milliseconds of records in one append" };
var clickHouseAppend = new Command("clickhouse-append", "Generated flow records into a ClickHouse, with roll-ups and house-keeping.") { engine, engineRate, engineSeconds, engineGather };
clickHouseAppend.SetAction(async (parsed, _) =>
{
    var options = ClickHouseOptions.Read(parsed.GetValue(engine)!, out var fault) ?? throw new ArgumentException(fault);
    await using var store = new ClickHouseFlowStore(options, TimeProvider.System);
    Console.WriteLine(await FlowAppendRun.RunAsync(
        store, parsed.GetValue(engineRate), TimeSpan.FromSeconds(parsed.GetValue(engineSeconds)), TimeSpan.FromMilliseconds(parsed.GetValue(engineGather))));
});
command.Add(clickHouseAppend);

var address = new Argument<string>("address");
var flowLoad = new Command("flow-load") { address, flows, flowSeconds };
flowLoad.Hidden = true;
flowLoad.SetAction(parsed => Console.WriteLine(
    FlowLoad.Run(System.Net.IPAddress.Parse(parsed.GetValue(address)!), parsed.GetValue(flows), parsed.GetValue(flowSeconds))));
command.Add(flowLoad);

var duration = new Argument<double>("seconds");
var probe = new Command("probe") { address, duration };
probe.Hidden = true;
probe.SetAction(parsed => Probe.Ask(parsed.GetValue(address)!, parsed.GetValue(duration)));
command.Add(probe);
var (port, knocks) = (new Argument<int>("port"), new Argument<int>("rate"));
var knock = new Command("knock") { address, port, knocks, duration };
knock.Hidden = true;
knock.SetAction((parsed, _) => Knock.RunAsync(parsed.GetValue(address)!, parsed.GetValue(port), parsed.GetValue(knocks), parsed.GetValue(duration)));
command.Add(knock);
var echo = new Command("echo") { Hidden = true };
echo.SetAction(_ => Probe.Echo());
command.Add(echo);
return command.Parse(args).Invoke();
