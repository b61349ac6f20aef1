using System.Buffers.Binary;
using System.Net;
using Weft.Analytics.Queries;

namespace Weft.Bench.Flows;

/// <summary>What people ask of a day of records, as they would write it.</summary>
static class FlowQuestions
{
    static readonly string s_pair = Pair(FlowDatabase.Cast());

    internal static IReadOnlyList<(string About, FlowRequest Request)> All { get; } =
    [
        ("who talked to a network in the last minute", new()
        {
            Since = "1m", Where = "destination.network = api-net-1", GroupBy = ["source.name", "source.network", "destination.name"],
            Aggregates = ["count()", "sum(bytes)"],
        }),
        ("what was denied in the last hour, by rule", new()
        {
            Since = "1h", Where = "verdict = denied", GroupBy = ["policy", "rule", "reason"], Aggregates = ["sum(packets)", "count()"],
        }),
        ("top 10 talkers of 24 hours, by bytes", new() { Since = "24h", GroupBy = ["source.name"], Aggregates = ["sum(bytes)"], Top = 10 }),
        ("bytes of a network by the minute, 24 hours", new()
        {
            Since = "24h", Where = "any.network = api-net-1", Bucket = "1m", Aggregates = ["sum(bytes)", "sum(reply.bytes)"],
        }),
        ("top destination ports of 24 hours", new()
        {
            Since = "24h", GroupBy = ["protocol", "destination.port"], Aggregates = ["sum(connections)", "sum(bytes)"], Top = 20,
        }),
        ("one connection in the last hour, by addresses and port", new()
        {
            Since = "1h", Where = s_pair, Fields = ["time", "event", "node", "bytes", "reply.bytes"],
        }),
        ("how many sources each destination had in 24 hours", new()
        {
            Since = "24h", GroupBy = ["destination.name"], Aggregates = ["distinct(source.address)"], Top = 20,
        }),
        ("p95 of the round trip by destination, last hour", new()
        {
            Since = "1h", GroupBy = ["destination.name"], Aggregates = ["p95(rtt)"], Top = 20,
        }),
        ("bytes of projects by the hour, 7 days", new()
        {
            Since = "7d", Bucket = "1h", GroupBy = ["source.project"], Aggregates = ["sum(bytes)", "sum(reply.bytes)"],
        }),
        ("what a port did in the last 5 minutes, the newest first", new()
        {
            Since = "5m", Where = "any.name = web-0", Limit = 100,
        }),
    ];

    /// <summary>Two who do talk to each other, with nothing between them.</summary>
    static string Pair(FlowCast cast)
    {
        var client = cast.Members[21];
        var server = cast.Contacts[client.Number].First(contact => contact.LoadBalancer.Length == 0);
        return $"source.address = {Text(client.Address)} and destination.address = {Text(server.Address)} and destination.port = {server.Service}";
    }

    static IPAddress Text(UInt128 address)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address);
        return new IPAddress(bytes).MapToIPv4();
    }
}
