using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Weft.Agent.State;
using Weft.Agent.Sync;
using Weft.Model.State;

namespace Weft.Tests.Sync;

/// <summary>The sync part of an agent, with a state directory that outlives its restarts.</summary>
sealed class SyncAgent : IAsyncDisposable
{
    readonly TemporaryFolder _folder = new();
    CancellationTokenSource _stop = new();
    Task _running = Task.CompletedTask;

    public SyncAgent(Uri server, string? token, string name = "n1", string fabric = "192.0.2.1")
    {
        Options = new()
        {
            Server = server,
            Token = token,
            NodeName = name,
            StateDirectory = _folder.Path,
            FirstWait = TimeSpan.FromMilliseconds(20),
            LongestWait = TimeSpan.FromMilliseconds(200),
            SavePause = TimeSpan.FromMilliseconds(20),
        };
        Fabric = new(new(IPAddress.Parse(fabric), 1500));
        Link = Make();
        Calls = new(Link, TimeProvider.System);
    }

    public ServerLinkOptions Options { get; set; }

    public Latest<AgentState> States { get; private set; } = new(AgentState.Initial);

    public Latest<AgentStatus> Statuses { get; } = new(AgentStatus.Initial);

    public Latest<FabricEndpoint> Fabric { get; }

    public ServerLink Link { get; private set; }

    public ControlPlaneClient Calls { get; private set; }

    public CredentialStore Credentials => new(_folder.Path);

    public string Folder => _folder.Path;

    public AgentState State => States.Value;

    public SyncAgent Start()
    {
        States = new(AgentState.Initial);
        _stop = new();
        Link = Make();
        Calls = new(Link, TimeProvider.System);
        _running = Task.Run(() => Link.RunAsync(_stop.Token));
        return this;
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.Soon();
        _stop.Dispose();
        _running = Task.CompletedTask;
        _stop = new();
    }

    public Task<AgentState> WaitAsync(Func<AgentState, bool> condition) =>
        States.WaitForAsync(condition, TestContext.Current.CancellationToken).Soon();

    public Task<AgentState> ConnectedAsync() => WaitAsync(state => state.Connected);

    /// <summary>Until the node has what compiling that snapshot gives.</summary>
    public Task<AgentState> AgreesAsync(Snapshot snapshot)
    {
        var expected = Weft.Compiler.ReferenceCompiler.Compile(snapshot, Options.NodeName);
        return WaitAsync(state => state.State.HasSameRecordsAs(expected));
    }

    public Task<LinkStatus> FaultAsync(string part) =>
        Link.Status.WaitForAsync(
            status => status.Fault?.Contains(part, StringComparison.Ordinal) == true, TestContext.Current.CancellationToken).Soon();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    ServerLink Make() => new(Options, States, Statuses, Fabric, TimeProvider.System, NullLogger<ServerLink>.Instance);
}
