using System.Diagnostics;
using Weft.E2E.Tests.Harness;

namespace Weft.E2E.Tests;

/// <summary>The command line as it is installed: compiled ahead of time, where reflection finds nothing.</summary>
public sealed class CliSmokeTests
{
    static async Task<(int Code, string Out, string Error)> RunAsync(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "artifacts", "publish", "weft", "release", "weft"), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["WEFT_SERVER"] = "/nonexistent/weft.sock" },
        };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await error);
    }

    [Fact]
    public async Task Help_completion_and_faults_of_documents_work_in_the_installed_program()
    {
        var help = await RunAsync("", "network", "create", "--help");
        Assert.Equal(0, help.Code);
        Assert.Contains("--subnet <PREFIX>", help.Out);

        Assert.Contains("create", (await RunAsync("", "[suggest:14]", "weft network c")).Out);

        var apply = await RunAsync("{kind: network, name: a, subnets: [{prefix: 10.1.0.5/24}], mtu: big}", "apply", "-f", "-");
        Assert.Equal(1, apply.Code);
        Assert.Contains("stdin:1:subnets[0].prefix: ", apply.Error);
        Assert.Contains("stdin:1:mtu: must be a whole number", apply.Error);

        Assert.Equal(5, (await RunAsync("", "network", "list")).Code);
    }
}
