using System.IO.Hashing;
using System.Text;
using Weft.Dataplane;
using Weft.Dataplane.Abi;

namespace Weft.Agent.Flows;

/// <summary>The reports of a vrouter.</summary>
/// <param name="tell">Has the flow table tell its news; true: there was no room for all.</param>
/// <param name="reports">Read by this alone.</param>
sealed class VrouterReports(Func<bool> tell, FlowReports reports) : IFlowReports
{
    public ulong Ring { get; } = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(reports.Ring));

    public bool IsFilling => reports.Fill is var (used, size) && used >= size / 4;

    public bool Sweep() => tell();

    public ReadOnlyMemory<FlowReport> Take(int max, out ulong position)
    {
        var batch = reports.Take(max);
        position = batch.Position;
        return batch.Reports;
    }

    public void Commit(ulong position) => reports.Commit(position);

    public bool TrySkipTo(ulong position) => reports.TrySkipTo(position);
}
