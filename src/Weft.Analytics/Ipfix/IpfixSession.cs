using System.Collections.Concurrent;
using System.Net.Sockets;
using Apache.Arrow;
using Microsoft.Extensions.Logging;

namespace Weft.Analytics.Ipfix;

/// <summary>Exports to one collector: waits for it, and begins again when it went away.</summary>
/// <remarks>
/// What the kernel has taken counts as sent. Records of the message in which a connection broke are lost and counted; those
/// behind them wait for the next connection.
/// </remarks>
sealed partial class IpfixSession(IpfixCollector collector, int mostWaiting, TimeProvider time, ILogger log)
{
    static readonly TimeSpan s_describeEvery = TimeSpan.FromMinutes(1);
    static readonly TimeSpan s_leastPause = TimeSpan.FromSeconds(1);
    static readonly TimeSpan s_mostPause = TimeSpan.FromSeconds(30);

    readonly IpfixEncoder _encoder = new(collector.Format, time);
    readonly IpfixQueue _queue = new(mostWaiting);
    readonly ConcurrentDictionary<uint, string> _domains = [];
    readonly IpfixCounters _counters = new();
    IpfixConnection? _connection;
    TimeSpan _pause = s_leastPause;
    long _connected, _described;

    public IpfixState State => new(
        collector.Name, _connection is not null, _counters.Read(), _queue.Records, _encoder.Trimmed, Interlocked.Read(ref _counters.Failures));

    /// <summary>Returns at once; what has no room is counted.</summary>
    public void Offer(uint domain, string node, RecordBatch batch)
    {
        _domains[domain] = node;
        if (!_queue.TryAdd(domain, batch))
            _counters.NotSent(new IpfixRows(batch, new(collector.Format), collector.Format).All());
    }

    /// <summary>Nothing more is offered; running ends when what waits is sent.</summary>
    public void Complete() => _queue.Complete();

    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (await _queue.TakeAsync(cancellation) is { } waiting)
                await SendAsync(waiting, cancellation);
        }
        finally
        {
            Close();
            while (_queue.TryTake() is { } left)
            {
                _counters.NotSent(new IpfixRows(left.Batch, new(collector.Format), collector.Format).All());
                _queue.Done(left);
            }
        }
    }

    async Task SendAsync(Waiting waiting, CancellationToken cancellation)
    {
        using var packets = _encoder.Encode(waiting.Domain, waiting.Batch).GetEnumerator();
        var isSent = true;
        try
        {
            while (true)
            {
                await EnsureConnectedAsync(cancellation);
                if (!packets.MoveNext())
                    break;
                isSent = false;
                if (!await TrySendAsync(packets.Current, cancellation))
                    _counters.NotSent(packets.Current);
                isSent = true;
            }
        }
        catch (OperationCanceledException)
        {
            if (!isSent)
                _counters.NotSent(packets.Current);
            while (packets.MoveNext())
                _counters.NotSent(packets.Current);
            throw;
        }
        finally
        {
            _queue.Done(waiting);
        }
    }

    async Task EnsureConnectedAsync(CancellationToken cancellation)
    {
        if (_connection is { IsClosed: true })
            Close();
        while (_connection is null || time.GetElapsedTime(_described) >= s_describeEvery)
        {
            if (_connection is null && !await TryConnectAsync(cancellation))
                continue;
            _described = time.GetTimestamp();
            foreach (var packet in _encoder.Describe(_domains, _counters.Read()))
            {
                if (!await TrySendAsync(packet, cancellation))
                    break;
            }
        }
    }

    async Task<bool> TryConnectAsync(CancellationToken cancellation)
    {
        if (_counters.Failures > 0 || _connected != 0)
        {
            if (_connected != 0 && time.GetElapsedTime(_connected) > s_mostPause)
                _pause = s_leastPause;
            await Task.Delay(_pause, time, cancellation);
            _pause = _pause * 2 < s_mostPause ? _pause * 2 : s_mostPause;
        }
        try
        {
            _connection = await IpfixConnection.OpenAsync(collector, time, cancellation);
        }
        catch (SocketException error)
        {
            Fail(error);
            return false;
        }
        _connected = time.GetTimestamp();
        _encoder.Restart();
        Connected(log, collector.Name);
        return true;
    }

    async Task<bool> TrySendAsync(IpfixPacket packet, CancellationToken cancellation)
    {
        try
        {
            await _connection!.SendAsync(packet.Bytes, cancellation);
        }
        catch (SocketException error)
        {
            Fail(error);
            return false;
        }
        _counters.Sent(packet);
        return true;
    }

    void Fail(SocketException error)
    {
        Interlocked.Increment(ref _counters.Failures);
        if (_connection is not null || _counters.Failures == 1)
            Away(log, collector.Name, error.Message);
        Close();
    }

    void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "exporting flow records to {Collector}")]
    static partial void Connected(ILogger logger, string collector);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Collector} does not take flow records: {Reason}; they wait for it, as many as there is room for")]
    static partial void Away(ILogger logger, string collector, string reason);
}
