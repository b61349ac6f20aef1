using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Abi;
using Weft.Rules;

namespace Weft.Kernel.Tests.Rules;

/// <summary>Opens one connection between two containers, with an answer, and says what became of it.</summary>
/// <remarks>
/// What is denied is not waited for: the vrouter counts what it drops, and that is the proof. So each probe ends as soon as
/// either has happened.
/// </remarks>
static class Probe
{
    internal const string Passed = "passed";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    static readonly DropReason[] Denials = [DropReason.NoRoute, DropReason.PolicyDenied, DropReason.PolicyNoRule, DropReason.GroupDenied];
    static int _next = 20000;

    /// <summary>Ports and identifiers that no earlier probe had.</summary>
    internal static ushort Fresh() => (ushort)(20000 + Interlocked.Increment(ref _next) % 40000);

    /// <summary><see cref="Passed"/>, or why it did not, and where.</summary>
    internal static string Try(RuleSite site, string from, string to, Traffic traffic, AddressFamily family)
    {
        var (sender, receiver) = (site.Members[from], site.Members[to]);
        var before = Drops(site);
        using var attempt = traffic.Protocol switch
        {
            6 => Tcp(sender, receiver, traffic, family),
            17 => Udp(sender, receiver, traffic, family),
            1 or 58 => Echo(sender, receiver, family),
            _ => Raw(sender, receiver, traffic.Protocol, family),
        };
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Patience)
        {
            if (attempt.IsAnswered())
                return Passed;
            foreach (var (where, count) in Drops(site))
            {
                if (count > before.GetValueOrDefault(where))
                    return where.Host == (sender.Agent == site.A) && where.Ifindex == sender.Ifindex
                        ? where.Reason.ToString()
                        : $"{where.Reason} at interface {where.Ifindex} of host {(where.Host ? "a" : "b")}";
            }
            Thread.Yield();
        }
        return "neither an answer nor a drop";
    }

    /// <summary>Packets dropped by rules and routes: by host (true: a), interface and reason.</summary>
    internal static Dictionary<(bool Host, uint Ifindex, DropReason Reason), ulong> Drops(RuleSite site) =>
        new[] { site.A, site.B }
            .SelectMany(agent => agent.Runtime.Opened.Result.ReadDrops().Select(drop => (Key: (agent == site.A, drop.Ifindex, drop.Reason), drop.Packets)))
            .Where(drop => Denials.Contains(drop.Key.Reason))
            .ToDictionary(drop => drop.Key, drop => drop.Packets);

    static Attempt Tcp(Member from, Member to, Traffic traffic, AddressFamily family)
    {
        var listener = Listening(to, family, traffic.DestinationPort);
        var client = from.Container.Ns.OpenSocket(family, SocketType.Stream, ProtocolType.Tcp);
        client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        client.LingerState = new(true, 0);
        client.Bind(new IPEndPoint(from.Address(family), traffic.SourcePort));
        var connected = client.ConnectAsync(to.Address(family), traffic.DestinationPort);
        return new(() => connected.IsCompletedSuccessfully, client, listener);
    }

    static Attempt Udp(Member from, Member to, Traffic traffic, AddressFamily family)
    {
        var server = Bound(to, family, traffic.DestinationPort);
        var client = Bound(from, family, traffic.SourcePort);
        client.SendTo([1, 2, 3], new IPEndPoint(to.Address(family), traffic.DestinationPort));
        return new(Answering(server, client), client, server);
    }

    static Attempt Echo(Member from, Member to, AddressFamily family)
    {
        var isV4 = family == AddressFamily.InterNetwork;
        var client = from.Container.Ns.OpenSocket(family, SocketType.Raw, isV4 ? ProtocolType.Icmp : ProtocolType.IcmpV6);
        client.Blocking = false;
        var (id, received) = (Fresh(), new byte[256]);
        byte[] request = [(byte)(isV4 ? 8 : 128), 0, 0, 0, (byte)(id >> 8), (byte)id, 0, 1];
        if (isV4) // of ICMPv6 the kernel does it
            BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(2), Packets.InternetChecksum.Of(request));
        client.SendTo(request, new IPEndPoint(to.Address(family), 0));
        return new(IsAnswered, client);

        bool IsAnswered()
        {
            while (client.Available > 0)
            {
                var length = client.Receive(received);
                var message = received.AsSpan(isV4 ? 20 : 0, length - (isV4 ? 20 : 0));
                if (message.Length >= 8 && message[0] == (isV4 ? 0 : 129) && BinaryPrimitives.ReadUInt16BigEndian(message[4..]) == id)
                    return true;
            }
            return false;
        }
    }

    static Attempt Raw(Member from, Member to, byte protocol, AddressFamily family)
    {
        var server = Open(to);
        var client = Open(from);
        client.SendTo([1, 2, 3, 4, 5, 6, 7, 8], new IPEndPoint(to.Address(family), 0));
        return new(Answering(server, client), client, server);

        Socket Open(Member member)
        {
            var socket = member.Container.Ns.OpenSocket(family, SocketType.Raw, (ProtocolType)protocol);
            socket.Bind(new IPEndPoint(member.Address(family), 0));
            return socket;
        }
    }

    static Func<bool> Answering(Socket server, Socket client)
    {
        var buffer = new byte[256];
        return () =>
        {
            if (server.Available > 0)
            {
                EndPoint sender = new IPEndPoint(server.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
                server.ReceiveFrom(buffer, ref sender);
                server.SendTo([9, 9, 9, 9], sender);
            }
            return client.Available > 0;
        };
    }

    /// <summary>A process that another test starts has this one's sockets too until it runs its program, also one just closed.</summary>
    static Socket Listening(Member member, AddressFamily family, ushort port)
    {
        Socket? listener = null;
        Eventually.True(() =>
        {
            try
            {
                listener = member.Container.Ns.ListenTcp(new(member.Address(family), port));
                return true;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                return false;
            }
        });
        return listener!;
    }

    internal static Socket Bound(Member member, AddressFamily family, ushort port)
    {
        var socket = member.Container.Ns.OpenSocket(family, SocketType.Dgram, ProtocolType.Udp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(member.Address(family), port));
        return socket;
    }

    sealed class Attempt(Func<bool> isAnswered, params Socket[] sockets) : IDisposable
    {
        internal bool IsAnswered() => isAnswered();

        public void Dispose()
        {
            foreach (var socket in sockets)
                socket.Dispose();
        }
    }
}
