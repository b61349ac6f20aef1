using Weft.Cli;

namespace Weft.Tests.Cli;

public sealed class CommandLineTests
{
    public static TheoryData<string, string> Misuses => new()
    {
        { "", "'weft' needs a command" },
        { "netwrk list", "'netwrk' is not a command of 'weft'; did you mean 'network'?" },
        { "network", "'weft network' needs a command: create, list, show, update, delete" },
        { "network crate a", "did you mean 'create'?" },
        { "network create", "Required argument 'NAME' missing" },
        { "network create a --subnet 10.1.0.5/24", "--subnet 10.1.0.5/24: has host bits; did you mean 10.1.0.0/24?" },
        { "network create a --subnet fd00:1::1/64", "did you mean fd00:1::/64?" },
        { "network create a --subnet ten", "--subnet ten: must be a prefix" },
        { "network create a --subnet 10.1.0.0/24 --gateway 10.1", "--gateway 10.1: must be an IPv4 or IPv6 address" },
        { "network create a --pool 10.1.0.1-fd00::1", "--pool 10.1.0.1-fd00::1: must be two addresses of one family" },
        { "network create a --mtu 70000", "--mtu 70000: must be a whole number from 0 to 65535" },
        { "network create a --vni 16777216", "--vni 16777216: must be a whole number from 1 to 16777215" },
        { "network create a --label web", "--label web: must be KEY=VALUE" },
        { "network list -o xml", "--output xml: must be one of table, wide, json, yaml, name" },
        { "network list --timeout 0", "--timeout 0: must be seconds" },
        { "network list --server tcp:1", "--server tcp:1: must be a socket's path or a URL" },
        { "port create web-1", "'--network' is required" },
        { "port create web-1 --network a --mac 01:00:5e:00:00:01", "must be a unicast MAC address" },
        { "port attach --network a", "exactly one of --container, --netns and --pid" },
        { "port attach --network a --pid 1 --container c", "exactly one of --container, --netns and --pid" },
        { "port attach --network a --pid 0", "--pid 0: must be a whole number from 1" },
        { "get nettwork", "'nettwork' is not a kind; did you mean 'network'?" },
        { "delete network", "give at least one NAME" },
        { "delete", "either KIND and NAME, or -f FILE" },
        { "delete network a -f b.yaml", "either KIND and NAME, or -f FILE" },
        { "apply", "'--file' is required" },
        { "token create --role god", "--role god: must be one of join, member, monitor, admin" },
        { "token create --expires-in 5", "--expires-in 5: must be a number and s, m, h or d" },
        { "completion tcsh", "'tcsh' is not a command of 'weft completion'" },
    };

    [Theory, MemberData(nameof(Misuses))]
    public async Task Wrong_usage_ends_with_2_and_says_what_would_be_right(string line, string expected)
    {
        var run = await CliRun.OfAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(expected, run.Error);
        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains("hint: ", run.Error);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task Gateways_and_pools_outside_of_every_subnet_are_all_named()
    {
        var run = await CliRun.OfAsync([
            "network", "create", "a", "--subnet", "10.1.0.0/24", "--gateway", "10.2.0.1", "--pool", "10.1.0.9-10.3.0.1",
            "--pool", "fd00::1-fd00::2"]);
        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains("--gateway: 10.2.0.1 lies in none of the subnets", run.Error);
        Assert.Contains("--pool: 10.1.0.9-10.3.0.1 lies in none of the subnets", run.Error);
        Assert.Contains("--pool: fd00::1-fd00::2 lies in none of the subnets", run.Error);
    }

    [Theory]
    [InlineData("network list")]
    [InlineData("get ports -A")]
    [InlineData("network create a --subnet 10.1.0.0/24")]
    [InlineData("status")]
    [InlineData("port attach --network a --container c")]
    [InlineData("network list --server http://127.0.0.1:9")]
    public async Task A_server_that_is_not_there_ends_with_5_and_says_what_to_do(string line)
    {
        var run = await CliRun.OfAsync(line.Split(' '), cancel: TestContext.Current.CancellationToken);
        Assert.Equal(ExitCodes.Unreachable, run.ExitCode);
        Assert.StartsWith("error: cannot reach the ", run.Error);
        Assert.Contains("hint: ", run.Error);
    }

    [Fact]
    public async Task The_server_can_be_named_by_the_environment()
    {
        var run = await CliRun.OfAsync(
            ["network", "list"], environment: new Dictionary<string,
                string> { ["WEFT_SERVER"] = "unix:///nonexistent/other.sock" },
            cancel: TestContext.Current.CancellationToken);
        Assert.Contains("/nonexistent/other.sock", run.Error);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("network --help")]
    [InlineData("network create --help")]
    [InlineData("port attach --help")]
    public async Task Help_ends_with_0_whatever_is_missing(string line)
    {
        var run = await CliRun.OfAsync(line.Split(' '));
        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        Assert.Contains("Usage:", run.Out);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Help_documents_exit_codes_and_environment()
    {
        var run = await CliRun.OfAsync(["--help"]);
        foreach (var code in (int[])[0, 1, 2, 3, 4, 5, 130])
            Assert.Matches($@"(?m)^ +{code}  \w", run.Out);
        Assert.Contains("WEFT_TOKEN", run.Out);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _weft weft")]
    [InlineData("zsh", "#compdef weft")]
    [InlineData("fish", "complete --command weft")]
    public async Task Completion_scripts_exist_for_each_shell(string shell, string expected)
    {
        var run = await CliRun.OfAsync(["completion", shell]);
        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        Assert.Contains(expected, run.Out);
    }

    [Theory]
    [InlineData("weft network ", "create")]
    [InlineData("weft network cr", "create")]
    [InlineData("weft get ", "networks")]
    [InlineData("weft get networks -o ", "yaml")]
    [InlineData("weft token create --role ", "member")]
    public async Task Completion_knows_commands_kinds_and_values(string line, string expected)
    {
        var run = await CliRun.OfAsync([$"[suggest:{line.Length}]", line]);
        Assert.Contains(expected, run.Out.Split('\n', StringSplitOptions.TrimEntries));
    }
}
