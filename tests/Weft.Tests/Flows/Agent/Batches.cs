using System.Globalization;
using Weft.Agent.Flows;
using Weft.Flows;

namespace Weft.Tests.Flows.Agent;

/// <summary>Batches to fill a spool with.</summary>
static class Batches
{
    /// <summary>As they are sent.</summary>
    internal static byte[] Of(int first, int count, string node = "liar")
    {
        var builder = new FlowBatchBuilder();
        var record = new FlowRecord { Node = node };
        for (var i = first; i < first + count; i++)
        {
            record.Source.Name = i.ToString(CultureInfo.InvariantCulture);
            (record.Forward.Packets, record.Forward.Bytes) = (1, 100);
            builder.Append(record);
        }
        using var batch = builder.Build();
        return FlowBatch.Write(batch);
    }

    /// <summary>Appends and offers so many batches of so many records, named by their number.</summary>
    internal static void Fill(this FlowSpool spool, int first, int batches, int records = 10)
    {
        for (var i = 0; i < batches; i++)
        {
            spool.Append(Of(first + i * records, records), Tally(records), new(9, (ulong)(first + (i + 1) * records)), 0);
            spool.Offer();
        }
    }

    internal static FlowTally Tally(int records) => new((ulong)records, (ulong)records, 100 * (ulong)records);
}
