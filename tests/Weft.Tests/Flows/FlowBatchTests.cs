using Apache.Arrow;
using CsCheck;
using Weft.Flows;

namespace Weft.Tests.Flows;

public sealed class FlowBatchTests
{
    [Fact]
    public void What_is_written_is_read_again_column_by_column()
    {
        using var written = Batch(100);
        using var read = FlowBatch.Read(FlowBatch.Write(written));
        Assert.Equal(100, read.Length);
        foreach (var (field, index) in FlowSchema.Fields.Select((field, index) => (field, index)))
            Assert.Equal(Values(written.Column(index)), Values(read.Column(index)));
        Assert.Contains("port-7", Values(read.Column(FlowSchema.Arrow.GetFieldIndex("source_name"))));
    }

    [Fact]
    public void A_batch_of_an_older_agent_has_zeros_where_fields_are_new()
    {
        using var batch = Batch(3);
        using var older = new RecordBatch(new Schema(FlowSchema.Arrow.FieldsList.Take(10), null), batch.Arrays.Take(10), 3);
        using var read = FlowBatch.Read(FlowBatch.Write(older));
        Assert.Equal(FlowSchema.Fields.Count, read.ColumnCount);
        Assert.Equal(["", "", ""], Values(read.Column(FlowSchema.Arrow.GetFieldIndex("policy"))));
        Assert.Equal(["0", "0", "0"], Values(read.Column(FlowSchema.Arrow.GetFieldIndex("bytes"))));
    }

    [Fact]
    public void A_column_of_another_type_is_refused_by_its_name()
    {
        using var batch = Batch(1);
        var fields = FlowSchema.Arrow.FieldsList.ToArray();
        fields[0] = new(fields[0].Name, Apache.Arrow.Types.UInt8Type.Default, false);
        using var other = new RecordBatch(new Schema(fields, null), batch.Arrays.Skip(1).Prepend(new UInt8Array.Builder().Append(1).Build()), 1);
        var error = Assert.Throws<InvalidDataException>(() => FlowBatch.Read(FlowBatch.Write(other)));
        Assert.Contains("column time", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_bytes_are_refused_and_nothing_else()
    {
        using var batch = Batch(20);
        var whole = FlowBatch.Write(batch);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length]).Sample((at, value, length) =>
        {
            var bytes = whole[..Math.Max(length, 1)].ToArray();
            bytes[at % bytes.Length] = value;
            try
            {
                using var read = FlowBatch.Read(bytes);
                foreach (var array in read.Arrays)
                    _ = Values(array).Count;
            }
            catch (InvalidDataException)
            {
            }
        }, iter: 5000);
    }

    [Fact]
    public void Names_of_fields_and_columns_are_unique_and_well_formed()
    {
        Assert.Equal(FlowSchema.Fields.Count, FlowSchema.Fields.Select(field => field.Name).Distinct().Count());
        Assert.Equal(FlowSchema.Fields.Count, FlowSchema.Fields.Select(field => field.Column).Distinct().Count());
        Assert.All(FlowSchema.Fields, field => Assert.Matches("^[a-z][a-zA-Z.]*$", field.Name));
        Assert.All(FlowSchema.Fields, field => Assert.Matches("^[a-z][a-z_]*$", field.Column));
        Assert.All(FlowSchema.Fields, field => Assert.EndsWith(".", field.About, StringComparison.Ordinal));
    }

    [Fact]
    public void Labels_are_read_as_they_were_written()
    {
        var labels = new Dictionary<string, string> { ["tier"] = "web", ["app"] = "a=b" };
        var text = FlowLabels.Write(labels);
        Assert.Equal("\napp=a=b\ntier=web\n", text);
        Assert.Equal(labels.OrderBy(l => l.Key), FlowLabels.Read(text));
        Assert.Contains(FlowLabels.Needle("tier", "web"), text, StringComparison.Ordinal);
        Assert.Equal("", FlowLabels.Write([]));
    }

    static RecordBatch Batch(int count)
    {
        var builder = new FlowBatchBuilder();
        var record = new FlowRecord();
        for (var i = 0; i < count; i++)
        {
            record.Time = 1_700_000_000_000_000 + i;
            record.Source.Address = new UInt128(0x20010db8_00000000, (ulong)i);
            record.Source.Name = $"port-{i % 10}";
            record.Forward.Bytes = (ulong)i * 1000;
            builder.Append(record);
        }
        return builder.Build();
    }

    static IReadOnlyList<string> Values(IArrowArray array) => array switch
    {
        DictionaryArray texts => [.. ((Int32Array)texts.Indices).Values.ToArray().Select(i => ((StringArray)texts.Dictionary).GetString(i) ?? "")],
        _ => [.. Enumerable.Range(0, array.Length).Select(i => Value(array, i))],
    };

    static string Value(IArrowArray array, int index) => array switch
    {
        TimestampArray times => times.GetValue(index)!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Apache.Arrow.Arrays.FixedSizeBinaryArray bytes => Convert.ToHexString(bytes.GetBytes(index)),
        UInt8Array numbers => $"{numbers.GetValue(index)}",
        UInt16Array numbers => $"{numbers.GetValue(index)}",
        UInt32Array numbers => $"{numbers.GetValue(index)}",
        UInt64Array numbers => $"{numbers.GetValue(index)}",
        Int32Array numbers => $"{numbers.GetValue(index)}",
        _ => throw new InvalidOperationException(array.GetType().Name),
    };
}
