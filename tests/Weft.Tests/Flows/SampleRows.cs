using System.Net;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using ClickHouse.Driver;

namespace Weft.Tests.Flows;

/// <summary>A row with a column of each type that flow records have.</summary>
sealed record SampleRow(
    ulong Id, DateTime At, string Name, IPAddress Address, string[] Groups, IReadOnlyDictionary<string, string> Labels, string Verdict);

/// <summary>Rows, as ClickHouse.Driver and Arrow write them and as ClickHouse.Driver reads them.</summary>
static class SampleRows
{
    public const string Columns =
        """
        id UInt64, at DateTime64(6, 'UTC'), name LowCardinality(String), address IPv6, groups Array(LowCardinality(String)),
        labels Map(String, String), verdict Enum8('allowed' = 1, 'denied' = 2)
        """;

    public static readonly string[] ColumnNames = ["id", "at", "name", "address", "groups", "labels", "verdict"];

    static readonly DateTime Start = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    public static IReadOnlyList<SampleRow> Of(int count) =>
    [
        .. Enumerable.Range(0, count).Select(index => new SampleRow(
            ulong.MaxValue - (ulong)index, Start.AddMicroseconds(index), $"näme '{index % 3}'\t\\",
            index % 2 == 0 ? IPAddress.Parse($"2001:db8::{index:x}") : IPAddress.Parse($"10.0.0.{index % 256}").MapToIPv6(),
            [.. Enumerable.Range(0, index % 3).Select(group => $"group-{group}")],
            Enumerable.Range(0, index % 4).ToDictionary(label => $"key-{label}", label => $"value {label}"),
            index % 5 == 0 ? "denied" : "allowed")),
    ];

    public static IEnumerable<object[]> AsObjects(IEnumerable<SampleRow> rows) => rows.Select(row => new object[]
    {
        row.Id, row.At, row.Name, row.Address, row.Groups, row.Labels, row.Verdict,
    });

    public static async Task<List<SampleRow>> ReadAsync(ClickHouseClient client, string table, CancellationToken cancellationToken)
    {
        var rows = new List<SampleRow>();
        await using var reader = await client.ExecuteReaderAsync(
            $"SELECT * FROM {table} ORDER BY id DESC", cancellationToken: cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(new(
                (ulong)reader["id"], (DateTime)reader["at"], (string)reader["name"], (IPAddress)reader["address"],
                (string[])reader["groups"], (Dictionary<string, string>)reader["labels"], (string)reader["verdict"]));
        return rows;
    }

    /// <summary>The rows as an Arrow stream; enums go by name, IPv6 addresses as their 16 bytes.</summary>
    public static MemoryStream AsArrow(IReadOnlyList<SampleRow> rows)
    {
        var ids = new UInt64Array.Builder();
        var times = new TimestampArray.Builder(new TimestampType(TimeUnit.Microsecond, "UTC"));
        var (names, verdicts) = (new StringArray.Builder(), new StringArray.Builder());
        var addresses = new AddressBuilder();
        var groups = new ListArray.Builder(StringType.Default);
        var labels = new MapArray.Builder(new MapType(StringType.Default, StringType.Default));
        foreach (var row in rows)
        {
            ids.Append(row.Id);
            times.Append(row.At);
            names.Append(row.Name);
            addresses.Append(row.Address.GetAddressBytes());
            groups.Append();
            ((StringArray.Builder)groups.ValueBuilder).AppendRange(row.Groups);
            labels.Append();
            ((StringArray.Builder)labels.KeyBuilder).AppendRange(row.Labels.Keys);
            ((StringArray.Builder)labels.ValueBuilder).AppendRange(row.Labels.Values);
            verdicts.Append(row.Verdict);
        }
        IArrowArray[] columns =
        [
            ids.Build(), times.Build(), names.Build(), addresses.Build(), groups.Build(), labels.Build(), verdicts.Build(),
        ];
        var schema = new Schema(columns.Zip(ColumnNames, (column, name) => new Field(name, column.Data.DataType, nullable: false)), []);
        var stream = new MemoryStream();
        using (var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(new(schema, columns, rows.Count));
            writer.WriteEnd();
        }
        stream.Position = 0;
        return stream;
    }

    // The library has only the base of it.
    sealed class AddressBuilder() : FixedSizeBinaryArray.BuilderBase<FixedSizeBinaryArray, AddressBuilder>(new FixedSizeBinaryType(16), 16)
    {
        protected override FixedSizeBinaryArray Build(ArrayData data) => new(data);
    }
}
