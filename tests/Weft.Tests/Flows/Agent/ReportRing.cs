using Weft.Agent.Flows;
using Weft.Dataplane.Abi;

namespace Weft.Tests.Flows.Agent;

/// <summary>A buffer of reports as the kernel has it: it outlives its readers, and keeps what has not been given free.</summary>
sealed class ReportRing
{
    internal const ulong Size = 240;

    internal List<FlowReport> Reports { get; } = [];

    /// <summary>Reports that find room at most, until more is given free.</summary>
    internal int Room { get; init; } = int.MaxValue;

    /// <summary>Reports that wait in the flow table for room.</summary>
    internal Queue<FlowReport> Waiting { get; } = new();

    internal ulong Ring { get; set; } = 1;

    internal int Committed { get; set; }

    internal int Sweeps { get; set; }

    internal Reader Open() => new(this);

    internal sealed class Reader(ReportRing ring) : IFlowReports
    {
        int _position = ring.Committed;

        public ulong Ring => ring.Ring;

        public bool IsFilling => ring.Reports.Count - ring.Committed >= (ring.Room + 3L) / 4;

        public bool Sweep()
        {
            ring.Sweeps++;
            while (ring.Reports.Count - ring.Committed < ring.Room && ring.Waiting.TryDequeue(out var report))
                ring.Reports.Add(report);
            return ring.Waiting.Count > 0;
        }

        public ReadOnlyMemory<FlowReport> Take(int max, out ulong position)
        {
            var taken = ring.Reports.Skip(_position).Take(max).ToArray();
            _position += taken.Length;
            position = (ulong)_position * Size;
            return taken;
        }

        public void Commit(ulong position) => ring.Committed = (int)(position / Size);

        public bool TrySkipTo(ulong position)
        {
            if (position % Size != 0 || position / Size < (ulong)ring.Committed || position / Size > (ulong)ring.Reports.Count)
                return false;
            ring.Committed = _position = (int)(position / Size);
            return true;
        }
    }
}
