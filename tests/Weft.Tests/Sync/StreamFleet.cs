using System.Buffers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Weft.Model.Resources;
using Weft.Protocol;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;
using Weft.Tests.Compiler;

namespace Weft.Tests.Sync;

/// <summary>The streams of many nodes, each over a connection of its own; what comes is counted and thrown away.</summary>
sealed class StreamFleet(SyncServer server, int size) : IAsyncDisposable
{
    static readonly Method<AgentReport, Received> Sync = new(
        MethodType.DuplexStreaming, "weft.v1.Agents", "Sync",
        Marshallers.Create(report => report.ToByteArray(), AgentReport.Parser.ParseFrom),
        Marshallers.Create<Received>((_, _) => throw new NotSupportedException(), context => Received.Of(context.PayloadAsReadOnlySequence())));

    readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    readonly CancellationTokenSource _stop = new();
    readonly List<GrpcChannel> _channels = [];
    readonly List<Task> _readers = [];
    long _bytes;

    public ArrivalClock Clock { get; } = new(size);

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>All nodes of the fleet have one key, under names of their own.</summary>
    public Resource Enroll(Resource resource) =>
        resource is Node node ? node with { Key = Fingerprints.OfKey(new PublicKey(_key)) } : resource;

    public async Task ConnectAsync()
    {
        using var authority = server.OpenAuthority();
        var issuer = authority.Certificate.Subject;
        for (var i = 0; i < size; i++)
        {
            using var certificate = authority.IssueNode(LargeCluster.NodeName(i), new PublicKey(_key));
            var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Issuer == issuer } };
            handler.SslOptions.ClientCertificateContext =
                SslStreamCertificateContext.Create(certificate.CopyWithPrivateKey(_key), additionalCertificates: null, offline: true);
            var channel = GrpcChannel.ForAddress(server.Address, new() { HttpHandler = handler, DisposeHttpClient = true });
            _channels.Add(channel);
            var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(Sync, null, new(cancellationToken: _stop.Token));
            var hello = new Hello { FabricAddress = WireBytes.Of(LargeCluster.Fabric(i)), FabricMtu = 1500, Version = "figure" };
            await call.RequestStream.WriteAsync(new() { Hello = hello }, _stop.Token);
            _readers.Add(ReadAsync(call, i));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_readers);
        foreach (var channel in _channels)
            channel.Dispose();
        _key.Dispose();
        _stop.Dispose();
    }

    async Task ReadAsync(AsyncDuplexStreamingCall<AgentReport, Received> call, int node)
    {
        try
        {
            while (await call.ResponseStream.MoveNext(_stop.Token))
            {
                var received = call.ResponseStream.Current;
                Interlocked.Add(ref _bytes, received.Bytes);
                if (received.InSync)
                    Clock.Mark(node, received.Revision, received.Bytes);
            }
        }
        catch (Exception e) when (_stop.IsCancellationRequested && e is RpcException or OperationCanceledException)
        {
            // The figures are taken.
        }
        finally
        {
            call.Dispose();
        }
    }

    /// <summary>What the figure needs of an update: a real agent reads all of it, but on its own processor.</summary>
    sealed record Received(long Revision, bool InSync, int Bytes)
    {
        const uint RevisionTag = 1 << 3;
        const byte InSyncTag = 5 << 3;

        public static Received Of(ReadOnlySequence<byte> message)
        {
            var head = new CodedInputStream(message.Slice(0, Math.Min(message.Length, 16)).ToArray());
            var revision = head.ReadTag() == RevisionTag ? head.ReadInt64() : 0;
            // The last field that is written is in_sync, when it is true.
            var tail = message.Slice(Math.Max(0, message.Length - 2)).ToArray();
            return new(revision, tail is [InSyncTag, 1], (int)message.Length);
        }
    }
}
