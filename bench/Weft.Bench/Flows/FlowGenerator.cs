using Apache.Arrow;
using Weft.Flows;

namespace Weft.Bench.Flows;

/// <summary>
/// Records as a cluster would send them: HTTP, DNS, databases, a fifth of it from outside over floating IPs, load
/// balancers, three in a hundred denied, and connections across nodes recorded by both. The same seed gives the same.
/// </summary>
/// <param name="seed">Of all that is random.</param>
/// <param name="start">Time of the first record, in microseconds since 1970.</param>
/// <param name="step">Microseconds from one connection to the next.</param>
sealed class FlowGenerator(int seed, long start, double step)
{
    /// <summary>Of connections that have a record for the beginning and one for the end; the others have one for all.</summary>
    const double Longer = 0.2;

    readonly FlowRecord _record = new();
    readonly FlowBatchBuilder _batch = new();
    readonly Random _random = new(seed);
    readonly FlowCast _cast = new(new Random(seed));
    double _now = start;

    /// <summary>Time of the newest record.</summary>
    internal long Now => (long)_now;

    /// <summary>A batch of at least so many records.</summary>
    internal RecordBatch Next(int count)
    {
        while (_batch.Count < count)
            Connect();
        return _batch.Build();
    }

    void Connect()
    {
        _now += step;
        var draw = _random.NextDouble();
        var client = _cast.Members[_random.Next(FlowCast.Ports)];
        var share = _random.NextDouble();
        var server = _cast.Contacts[client.Number][(int)(share * share * _cast.Contacts[client.Number].Length)];
        Begin();
        if (draw < 0.03)
            Denied(client, server);
        else if (draw < 0.23)
            Inbound(_cast.Published[_random.Next(_cast.Published.Length)]);
        else
            Internal(client, server);
    }

    void Begin()
    {
        var record = _record;
        record.Time = Now;
        record.Start = record.Time - (long)(_random.NextDouble() * _random.NextDouble() * 30_000_000);
        record.Last = record.Time - _random.Next(1_000_000);
        record.Flow = (ulong)_random.NextInt64();
        record.Observer = FlowObserver.Entry;
        record.Direction = FlowDirection.Internal;
        record.Peer = record.FloatingIp = record.LoadBalancer = record.Listener = record.Reason = "";
        record.Encapsulation = FlowEncapsulation.None;
        record.Verdict = FlowVerdict.Allowed;
        record.TranslatedDestination.Address = 0;
        record.TranslatedDestination.Port = 0;
        record.End = FlowEnd.Finished;
        record.Event = FlowEvent.Whole;
        record.Connections = record.Closed = 1;
    }

    void Internal(FlowCast.Member client, FlowCast.Member server)
    {
        var record = _record;
        Put(record.Source, client);
        Put(record.Destination, server);
        record.Source.Port = (ushort)_random.Next(32768, 61000);
        Decided(server, client.Number % 3 == 0 ? "web-to-" + server.Network : "");
        if (server.LoadBalancer.Length > 0)
        {
            record.LoadBalancer = server.LoadBalancer;
            record.Listener = "main";
            record.TranslatedDestination.Address = server.Address;
            record.TranslatedDestination.Port = server.Service;
            record.Destination.Address = server.VirtualAddress;
        }
        Counted();
        Told(client.Node, server.Node);
    }

    void Inbound(FlowCast.Member server)
    {
        var record = _record;
        record.Direction = FlowDirection.Inbound;
        record.Source.Address = FlowCast.Outsider(_random);
        record.Source.Port = (ushort)_random.Next(1024, 65536);
        record.Source.Project = record.Source.Name = record.Source.Labels = record.Source.Node = "";
        record.Source.Network = "internet";
        Put(record.Destination, server);
        record.Destination.Address = server.FloatingAddress;
        record.FloatingIp = server.FloatingIp;
        record.TranslatedDestination.Address = server.Address;
        record.TranslatedDestination.Port = server.Service;
        Decided(server, "from-internet");
        Counted();
        Told(server.Node, server.Node);
    }

    void Denied(FlowCast.Member client, FlowCast.Member server)
    {
        var record = _record;
        Put(record.Source, client);
        Put(record.Destination, server);
        record.Source.Port = (ushort)_random.Next(32768, 61000);
        record.Destination.Port = (ushort)(_random.Next(4) switch { 0 => 22, 1 => 3306, 2 => 8080, _ => _random.Next(1, 1024) });
        Decided(server, "web-to-" + server.Network);
        record.Verdict = FlowVerdict.Denied;
        record.Event = FlowEvent.Denied;
        record.End = FlowEnd.None;
        record.Reason = _random.Next(4) == 0 ? "group" : "policy";
        record.Connections = record.Closed = 0;
        record.Reply.Packets = record.Reply.Bytes = record.Reply.TotalPackets = record.Reply.TotalBytes = 0;
        record.Forward.Packets = record.Forward.TotalPackets = (ulong)_random.Next(1, 6);
        record.Forward.Bytes = record.Forward.TotalBytes = record.Forward.Packets * 60;
        record.Forward.Handshake = record.Reply.Handshake = 0;
        record.Node = client.Node;
        _batch.Append(record);
    }

    static void Put(FlowEndpoint end, FlowCast.Member member)
    {
        end.Address = member.Address;
        end.Port = member.Service;
        end.Project = member.Project;
        end.Network = member.Network;
        end.Name = member.Name;
        end.Labels = member.Labels;
        end.Node = member.Node;
    }

    void Decided(FlowCast.Member server, string policy)
    {
        _record.Protocol = server.Service == 53 ? (byte)17 : (byte)6;
        _record.Policy = policy;
        _record.Group = policy.Length == 0 ? server.Project + "/default" : "";
        _record.Rule = policy.Length == 0 ? 0 : 1 + (uint)(server.Number % 7);
        _record.Vni = server.Vni;
    }

    void Counted()
    {
        var (forward, reply) = (_record.Forward, _record.Reply);
        var size = _random.NextDouble();
        size = size * size * size * size;
        forward.Packets = forward.TotalPackets = 3 + (ulong)(size * 400);
        reply.Packets = reply.TotalPackets = 2 + (ulong)(size * 900);
        forward.Bytes = forward.TotalBytes = forward.Packets * 52 + (ulong)_random.Next(80, 900);
        reply.Bytes = reply.TotalBytes = reply.Packets * 52 + (ulong)(size * 1_200_000);
        forward.TcpFlags = reply.TcpFlags = _record.Protocol == 6 ? (byte)0x1b : (byte)0;
        forward.Handshake = _record.Protocol == 6 ? (uint)(80 + _random.Next(400) * _random.NextDouble() * 4) : 0;
        reply.Handshake = forward.Handshake * 3 / 4;
    }

    /// <summary>By one node or both, at once or at the beginning and at the end.</summary>
    void Told(string node, string other)
    {
        if (_random.NextDouble() >= Longer)
        {
            Observed(node, other);
            return;
        }
        _record.Event = FlowEvent.Opened;
        _record.End = FlowEnd.None;
        _record.Closed = 0;
        Observed(node, other);
        _record.Event = FlowEvent.Closed;
        _record.End = FlowEnd.Finished;
        _record.Connections = 0;
        _record.Closed = 1;
        _record.Forward.TotalBytes *= 2;
        _record.Forward.TotalPackets *= 2;
        _record.Reply.TotalBytes *= 2;
        _record.Reply.TotalPackets *= 2;
        Observed(node, other);
    }

    void Observed(string node, string other)
    {
        var record = _record;
        var across = node != other;
        record.Node = node;
        record.Observer = FlowObserver.Entry;
        record.Peer = across ? other : "";
        record.Encapsulation = across ? FlowEncapsulation.Vxlan : FlowEncapsulation.None;
        _batch.Append(record);
        if (!across)
            return;
        record.Node = other;
        record.Observer = FlowObserver.Exit;
        record.Peer = node;
        _batch.Append(record);
        (record.Node, record.Peer) = (node, other);
    }
}
