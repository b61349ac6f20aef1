using System.Net;
using System.Net.Sockets;
using Weft.Analytics.Ipfix;

namespace Weft.Tests.Flows.Ipfix;

public sealed class IpfixExporterTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Over_tcp_a_collector_gets_every_record_and_the_names_of_domains()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var exporter = IpfixExports.Start($"tcp://{listener.LocalEndpoint}");
        exporter.Store(IpfixSamples.Mixed(3000));
        using var collector = await listener.AcceptSocketAsync(Cancel);
        var reader = new IpfixReader();
        while (reader.Records.Count < 3000)
            reader.Read(await MessageAsync(collector));
        Assert.Contains(reader.Options, option => option.Has(300) && option.Number(149) == 1 && option.Text(300) == "one");
        Assert.All(reader.Records, record => Assert.Equal(1u, record.Domain));
        await exporter.UntilAsync(state => state is { Connected: true, Waiting: 0, Totals: { Records: 3000, NotSentRecords: 0 } }, Cancel);
    }

    [Fact]
    public async Task Records_wait_for_a_collector_that_comes_later()
    {
        var port = FreeTcpPort();
        await using var exporter = IpfixExports.Start($"tcp://127.0.0.1:{port}");
        exporter.Store(IpfixSamples.Mixed(100));
        await exporter.UntilAsync(state => state is { Failures: > 0, Connected: false, Waiting: 100 }, Cancel);
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        using var collector = await listener.AcceptSocketAsync(Cancel);
        var reader = new IpfixReader();
        while (reader.Records.Count < 100)
            reader.Read(await MessageAsync(collector));
        Assert.Equal(0ul, exporter.States[0].Totals.NotSentRecords);
    }

    [Fact]
    public async Task A_collector_that_comes_again_is_told_everything_anew()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var exporter = IpfixExports.Start($"tcp://{listener.LocalEndpoint}");
        exporter.Store(IpfixSamples.Mixed(10));
        using (var first = await listener.AcceptSocketAsync(Cancel))
        {
            var reader = new IpfixReader();
            while (reader.Records.Count < 10)
                reader.Read(await MessageAsync(first));
        }
        exporter.Store(IpfixSamples.Mixed(20));
        using var second = await listener.AcceptSocketAsync(Cancel);
        var again = new IpfixReader();
        while (again.Records.Count < 20)
            again.Read(await MessageAsync(second));
        await exporter.UntilAsync(state => state is { Totals: { Records: 30, NotSentRecords: 0 } }, Cancel);
    }

    [Fact]
    public async Task What_has_no_room_while_a_collector_is_away_is_counted()
    {
        var records = IpfixSamples.Mixed(2000);
        var exporter = IpfixExports.Start($"tcp://127.0.0.1:{FreeTcpPort()}");
        var rounds = (IpfixExporter.MostWaiting / 2000) + 5;
        for (var i = 0; i < rounds; i++)
            exporter.Store(records, 2000);
        var state = exporter.States[0];
        Assert.Equal(IpfixExporter.MostWaiting, state.Waiting);
        var lost = (ulong)rounds - (IpfixExporter.MostWaiting / 2000);
        var sums = IpfixSamples.BothWays(records).Values.Aggregate((one, other) => one + other);
        Assert.Equal(
            (lost * 2000, lost * sums.Packets, lost * sums.Bytes),
            (state.Totals.NotSentRecords, state.Totals.NotSentPackets, state.Totals.NotSentOctets));
        await exporter.DisposeAsync();
        Assert.Equal((ulong)rounds * 2000, exporter.States[0].Totals.NotSentRecords);
    }

    static async Task<byte[]> MessageAsync(Socket socket)
    {
        var header = await BytesAsync(socket, 4);
        return [.. header, .. await BytesAsync(socket, ((header[2] << 8) | header[3]) - 4)];
    }

    static async Task<byte[]> BytesAsync(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var filled = 0; filled < count;)
        {
            var taken = await socket.ReceiveAsync(bytes.AsMemory(filled), Cancel);
            Assert.NotEqual(0, taken);
            filled += taken;
        }
        return bytes;
    }

    static int FreeTcpPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
