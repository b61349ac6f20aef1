using Apache.Arrow;
using Apache.Arrow.Types;
using Weft.Flows;

namespace Weft.Server.Flows;

/// <summary>Who recorded a batch says its certificate, not the batch.</summary>
static class NodeColumn
{
    static readonly int s_index = FlowSchema.Arrow.GetFieldIndex("node");

    /// <summary>The records as records of this node.</summary>
    internal static RecordBatch Sign(RecordBatch records, string node)
    {
        var type = (DictionaryType)FlowSchema.Arrow.GetFieldByIndex(s_index).DataType;
        var zeros = new Int32Array(new ArrowBuffer(new byte[records.Length * sizeof(int)]), ArrowBuffer.Empty, records.Length, 0, 0);
        var name = new DictionaryArray(type, zeros, new StringArray.Builder().Append(node).Build());
        return new(FlowSchema.Arrow, records.Arrays.Select((array, index) => index == s_index ? name : array), records.Length);
    }
}
