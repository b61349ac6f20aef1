using System.Collections.Immutable;
using Weft.Agent.Flows;
using Weft.Dataplane;
using Weft.Dataplane.Abi;

namespace Weft.Agent.Runtime;

public sealed partial class AgentRuntime
{
    ImmutableHashSet<uint> _flowFabric = [];
    volatile bool _recording;
    volatile string _recordingFault = "";

    /// <summary>Flow records; null: there are none.</summary>
    internal FlowRecords? Flows { get; init; }

    /// <summary>Tells the names of everything that reports of flows speak of.</summary>
    void UpdateFlowNames()
    {
        // What is an uplink as well is told by the network of the report.
        var uplinks = _uplinks.Uplinks.Values.Select(uplink => uplink.Ifindex);
        var fabric = _fabric.Interfaces.Except(uplinks).Select(ifindex => (uint)ifindex).ToImmutableHashSet();
        _flowFabric = fabric.SetEquals(_flowFabric) ? _flowFabric : fabric;
        Flows?.Names.Update(
            new() { Index = _records.Index, Locals = _registry.Locals, Joined = _records.Rules.Joined, FabricInterfaces = _flowFabric },
            _records.Balancing.NumberOf);
    }

    /// <summary>Nothing waits for it; when it fails, the flow table is swept all the same.</summary>
    async Task RecordFlowsAsync(Vrouter vrouter, CancellationToken cancellation)
    {
        if (!_options.FlowRecords || Flows is not { } flows)
            return;
        try
        {
            using var reports = vrouter.OpenReports();
            flows.Follow(vrouter.ReadCounters);
            var recorder = new FlowRecorder(
                new VrouterReports(() => Tell(vrouter), reports), flows.Names, flows.Offset, flows.Recording, flows.Open, new(), _time, _logger);
            _recording = true;
            await recorder.RunAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            LogRecordingFailed(failure);
            _recordingFault = $"flows are recorded no longer: {failure.Message}";
        }
        finally
        {
            _recording = false;
            flows.Follow(() => new Dictionary<CounterId, ulong>());
        }
    }

    bool Tell(Vrouter vrouter)
    {
        try
        {
            return vrouter.Report(_options.FlowInterval).Waiting > 0;
        }
        catch (IOException failure)
        {
            LogSweepFailed(failure.Message);
            return false;
        }
    }

    IEnumerable<string> FlowFaults() =>
        !_options.FlowRecords || Flows is null ? []
        : _recordingFault.Length > 0 ? Flows.Faults().Append(_recordingFault)
        : Flows.Faults();
}
