using System.Diagnostics;

namespace Weft.E2E.Tests.Harness;

/// <summary>A site with a machine outside, on the wire of the hosts, and that wire as the external network, with addresses.</summary>
public sealed class OutsideSite : Site
{
    internal const string Address = "172.30.0.201";

    string Namespace => $"{Name}-outside1";

    protected override async Task PrepareAsync()
    {
        (await Shell.RunAsync([Repository.Hosts, "outside", Name, "1"])).Checked();
        await First.WeftAsync(
            "external-network", "update", "outside", "--subnet", "172.30.0.0/24", "--gateway", "172.30.0.254",
            "--pool", "172.30.0.100-172.30.0.199");
    }

    /// <summary>What is answered; empty: nothing.</summary>
    internal async Task<string> AskAsync(string address, int port) => (await Shell.RunAsync(
        ["ip", "netns", "exec", Namespace, "socat", "-T", "3", "-u", $"TCP:{address}:{port},connect-timeout=2", "-"])).Text;

    internal async Task<string> GetAsync(string url) => (await Shell.RunAsync(
        ["ip", "netns", "exec", Namespace, "timeout", "3", "busybox", "wget", "-qO-", url])).Text;

    /// <summary>Answers each caller with the caller's own address.</summary>
    internal IDisposable Serve(int port) => new Server(Process.Start(new ProcessStartInfo(
        "ip", ["netns", "exec", Namespace, "socat", $"TCP-LISTEN:{port},fork,reuseaddr", "SYSTEM:echo $SOCAT_PEERADDR"]))!);

    /// <summary>Cuts a host's link to all others, as when its power fails: nothing of it is heard any more.</summary>
    internal async Task CutOffAsync(TestHost host) => (await Shell.RunAsync(
        ["ip", "-n", $"{Name}-fabric", "link", "set", $"port{host.Number}", "down"])).Checked();

    /// <summary>Joins it again.</summary>
    internal async Task JoinAsync(TestHost host) => (await Shell.RunAsync(
        ["ip", "-n", $"{Name}-fabric", "link", "set", $"port{host.Number}", "up"])).Checked();

    /// <summary>New connections to a web server at a steady rate, whatever becomes of the earlier ones, until it is disposed.</summary>
    internal SteadyLoad Load(string address, int port, int perSecond) => new($"/run/netns/{Namespace}", address, port, perSecond);

    sealed class Server(Process process) : IDisposable
    {
        public void Dispose()
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }
    }
}
