using Microsoft.Extensions.Logging;
using Weft.Agent;
using Weft.Agent.Attachments;
using Weft.Agent.Flows;
using Weft.Agent.Local;
using Weft.Agent.Names;
using Weft.Agent.Runtime;
using Weft.Agent.State;
using Weft.Model.Local;

namespace Weft.Kernel.Tests.Agent;

/// <summary>One agent on a host of a topology, in the test's process. Can be stopped as if killed, and started again.</summary>
sealed class TestAgent : IAsyncDisposable
{
    readonly TestCluster _cluster;
    readonly TestNode _node;
    readonly string _directory;
    readonly uint _number;
    Latest<AgentState> _state = new(AgentState.Initial);
    CancellationTokenSource? _end;
    HostNetwork? _host;
    AgentRuntime? _runtime;
    Task _running = Task.CompletedTask;

    internal TestAgent(TestCluster cluster, Topology topology, TestNode node, uint number)
    {
        (_cluster, _node, _number) = (cluster, node, number);
        _directory = Directory.CreateTempSubdirectory("weft-agent-").FullName;
        Options = new()
        {
            NodeName = node.Host.Name,
            StateDirectory = Path.Combine(_directory, "state"),
            RuntimeDirectory = Path.Combine(_directory, "run"),
            PinDirectory = Path.Combine(topology.PinFolder, $"agent{number}"),
            ResolvConf = Path.Combine(_directory, "resolv.conf"),
            FlowTableSize = 8192,
            SweepInterval = TimeSpan.FromMilliseconds(200),
        };
        File.WriteAllText(Options.ResolvConf, "");
        cluster.AddNode(new(number, node.Host.Name, node.IPv4, topology.Mtu));
    }

    internal AgentOptions Options { get; set; }

    /// <summary>What it tells the log.</summary>
    internal LineLog Lines { get; } = new();

    internal Attacher Attacher { get; private set; } = null!;

    internal PortRegistry Registry { get; private set; } = null!;

    internal FlowRecords Flows { get; private set; } = null!;

    internal AgentRuntime Runtime => _runtime!;

    internal Latest<AgentStatus> Status { get; private set; } = new(AgentStatus.Initial);

    /// <summary>What the server tells is the truth of now, not of an earlier run.</summary>
    internal bool Confirmed { get; set; } = true;

    internal bool IsRunning => _end is not null;

    /// <summary>What the server tells.</summary>
    internal Latest<AgentState> State => _state;

    internal void Start()
    {
        _state = new(AgentState.Initial);
        Status = new(AgentStatus.Initial);
        _end = new CancellationTokenSource();
        _host = HostNetwork.Open(_node.Host.Ns);
        Registry = new(new AttachmentStore(Options.StateDirectory), Options.MaxFlowsPerPort);
        var control = new TestControlPlane(_cluster, _number);
        var keeper = new AttachmentKeeper(Registry, _host, control, Log<AttachmentKeeper>());
        Flows = new(Options, TimeProvider.System);
        _runtime = new(Options, _host, _state, Status, Registry, keeper, TimeProvider.System, Loggers) { Flows = Flows };
        Attacher = new(Options, _state, control, Registry, _host, _runtime, null, Log<Attacher>());
        Tell();
        _running = Task.Run(() => _runtime.RunAsync(_end.Token));
    }

    internal LocalApi Api() =>
        new(Options, Attacher, Inspection, new([]), Loggers);

    internal LocalInspection Inspection => new(Options, Runtime, Registry, _host!, _state, Status);

    internal void Tell()
    {
        var state = _cluster.StateFor(_number);
        _state.Publish(new(_number, state, InSync: true, Connected: Confirmed) { Confirmed = Confirmed });
    }

    /// <summary>Nothing is cleaned up: as after kill -9.</summary>
    internal async Task KillAsync()
    {
        if (_end is null)
            return;
        await _end.CancelAsync();
        await _running;
        _runtime!.Dispose();
        _host!.Dispose();
        _end.Dispose();
        _end = null;
    }

    /// <summary>Attaches, and waits until all nodes know.</summary>
    internal async Task<Attachment> AttachAsync(TestNamespace container, string network, string? name = null, string project = "default", string[]? aliases = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var attachment = await Attacher.AttachAsync(
            new() { Project = project, Network = network, Netns = container.Path, Name = name, Aliases = aliases }, cancellation);
        await _cluster.AppliedAsync(cancellation);
        return attachment;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        ServiceNamespace.Delete(_node.Netlink, Options.NodeName);
        Directory.Delete(_directory, recursive: true);
    }

    ILogger<T> Log<T>() => Loggers.CreateLogger<T>();

    LineLog Loggers => Lines;
}
