using System.Security.Cryptography;
using Weft.Agent.Attachments;
using Weft.Agent.State;
using Weft.Dataplane;
using Weft.Linux;
using Weft.Model.Addressing;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;

namespace Weft.Agent.Tracing;

/// <summary>Sends packets that are traced, and tells what the node's hooks decided about such packets, whoever sent them.</summary>
/// <remarks>
/// A frame is known by its source MAC alone, which is random, made for it, and used up by it: a container cannot have
/// its own packets traced. It leaves through the container's end of the port's veth, so all that a packet of the container
/// meets, it meets.
/// </remarks>
sealed class Tracer(HostNetwork host, PortRegistry ports, Func<StateIndex> state, TraceBell bell)
{
    const int FirstSourcePort = 49152, LastSourcePort = 65535;

    /// <summary>A frame is in the vrouter as soon as it is sent, unless the namespace has queues of its own.</summary>
    static readonly TimeSpan Arrival = TimeSpan.FromSeconds(1);

    static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    /// <summary>Until cancelled.</summary>
    internal async Task RunAsync(Vrouter vrouter, CancellationToken cancellation)
    {
        using var events = vrouter.OpenTraceEvents();
        var reading = Task.Factory.StartNew(
            () => Read(events, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await foreach (var request in bell.Requests.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
                Answer(vrouter, request, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
        finally
        {
            await reading.ConfigureAwait(false); // it reads from what is disposed of here
        }
    }

    void Read(TraceEvents events, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            foreach (var told in events.Poll(Patience))
                bell.Reports.Writer.TryWrite(TraceReports.Of(told, state(), ports));
        }
    }

    void Answer(Vrouter vrouter, TraceRequest request, CancellationToken cancellation)
    {
        var mark = NewMark();
        try
        {
            Send(vrouter, request, mark);
        }
        catch (Exception failure) when (failure is IOException or MalformedRecordException)
        {
            bell.Reports.Writer.TryWrite(new() { Id = request.Id, Fault = failure.Message });
        }
        _ = ForgetAsync(vrouter, mark, cancellation);
    }

    void Send(Vrouter vrouter, TraceRequest request, MacAddress mark)
    {
        var uid = WireBytes.ToUid(request.PortUid, "port_uid");
        if (!ports.Locals.TryGetValue(uid, out var local))
            throw new IOException("the port is not attached on this node");
        var link = host.Netlink.FindLink(PortInterface.HostNameOf(uid))
            ?? throw new IOException("the port has no interface on this node");
        if (link.PeerNamespaceId is not { } id)
            throw new IOException("the port's interface has not been moved into a container yet");
        using var inside = host.Netlink.OpenNamespace(id)
            ?? throw new IOException("the network namespace that the port's interface is in cannot be opened from the agent");
        vrouter.ExpectTrace(mark, request.Id, local.Ifindex);
        inside.SendFrame(link.PeerIndex, TraceFrame.Write(mark, TrafficOf(request)));
    }

    static async Task ForgetAsync(Vrouter vrouter, MacAddress mark, CancellationToken cancellation)
    {
        await Task.Delay(Arrival, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!cancellation.IsCancellationRequested)
            vrouter.ForgetTrace(mark);
    }

    static TraceTraffic TrafficOf(TraceRequest request)
    {
        var (source, destination) = (WireBytes.ToAddress(request.Source, "source"), WireBytes.ToAddress(request.Destination, "destination"));
        if (source.AddressFamily != destination.AddressFamily)
            throw new MalformedRecordException("destination", "is of another family than the source");
        var port = request.SourcePort is > 0 and <= ushort.MaxValue
            ? (ushort)request.SourcePort
            : (ushort)RandomNumberGenerator.GetInt32(FirstSourcePort, LastSourcePort + 1);
        return new(source, destination, (byte)request.Protocol, port, (ushort)request.DestinationPort, (byte)request.IcmpType);
    }

    /// <summary>46 random bits of a locally administered unicast address.</summary>
    static MacAddress NewMark()
    {
        Span<byte> bytes = stackalloc byte[MacAddress.Length];
        RandomNumberGenerator.Fill(bytes);
        bytes[0] = (byte)(bytes[0] & ~3 | 2);
        return MacAddress.FromBytes(bytes);
    }
}
