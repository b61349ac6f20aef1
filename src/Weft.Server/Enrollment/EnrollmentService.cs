using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Protocol;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;
using Weft.Server.Commits;
using Weft.Server.Sync;

namespace Weft.Server.Enrollment;

/// <summary>True for a join token that is known, right and not expired.</summary>
public delegate bool JoinTokenCheck(JoinToken token);

/// <summary>How hosts become nodes.</summary>
public sealed partial class EnrollmentService(
    CertificateAuthority authority, Cluster cluster, JoinTokenCheck isGood, ILogger<EnrollmentService> logger)
    : Protocol.V1.Enrollment.EnrollmentBase
{
    const int Attempts = 5;

    public override Task<GetAuthorityReply> GetAuthority(GetAuthorityRequest request, ServerCallContext context) =>
        Task.FromResult(new GetAuthorityReply { CaCertificate = ByteString.CopyFrom(authority.CertificateDer.Span) });

    public override async Task<JoinReply> Join(JoinRequest request, ServerCallContext context)
    {
        if (!JoinToken.TryParse(request.Token, out var token) || !isGood(token))
        {
            LogRefused(NameRules.Shown(request.NodeName), context.Peer);
            throw new RpcException(new(StatusCode.Unauthenticated, "the join token is unknown, wrong or expired; make a new one"));
        }
        var (key, address, mtu) = Read(request);
        using var certificate = authority.IssueNode(request.NodeName, key);
        var node = await KeepAsync(request.NodeName, Fingerprints.OfKey(key), address, mtu, context.CancellationToken);
        LogJoined(node.Name, node.Number, context.Peer, token.Id);
        return Reply(authority, certificate, node);
    }

    internal static JoinReply Reply(
        CertificateAuthority authority, X509Certificate2 certificate, Node node) => new()
    {
        Certificate = ByteString.CopyFrom(certificate.RawDataMemory.Span),
        CaCertificate = ByteString.CopyFrom(authority.CertificateDer.Span),
        NodeNumber = node.Number,
    };

    static (PublicKey Key, IPAddress Address, int Mtu) Read(JoinRequest request)
    {
        var faults = new Faults();
        NameRules.CheckNetworkName(request.NodeName, faults, "node_name");
        if (faults.Any)
            throw FaultTrailer.ToException(StatusCode.InvalidArgument, faults.ToImmutable());
        try
        {
            return (
                ReadKey(request.CertificateRequest),
                WireBytes.ToAddress(request.FabricAddress, "fabric_address"),
                Records.ToMtu(request.FabricMtu, "fabric_mtu"));
        }
        catch (MalformedRecordException e)
        {
            throw Refusals.Of(e);
        }
    }

    internal static PublicKey ReadKey(ByteString certificateRequest)
    {
        try
        {
            return CertificateAuthority.ReadRequest(certificateRequest.ToByteArray());
        }
        catch (CryptographicException e)
        {
            throw new MalformedRecordException("certificate_request", e.Message);
        }
    }

    /// <summary>Makes the node, or brings it up to date; the name must be free or this key's already.</summary>
    async Task<Node> KeepAsync(string name, string key, IPAddress address, int mtu, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var existing = cluster.Current.Find<Node>(ResourceKey.Node(name));
            if (existing?.Key is { } owner && owner != key)
                throw FaultTrailer.ToException(StatusCode.AlreadyExists, [new("node_name",
                    $"node {name} exists and belongs to another host; choose another name, or delete it first: weft node delete {name}")]);
            var document = (existing ?? new Node { Name = name, FabricAddress = address }) with
            {
                Key = key,
                FabricAddress = address,
                FabricMtu = mtu,
            };
            var write = new Write.Put(document)
            {
                Mode = existing is null ? PutMode.Create : PutMode.Replace,
                IfRevision = existing?.Revision,
            };
            switch (await cluster.ApplyAsync(write, cancellationToken))
            {
                case Outcome.Committed committed:
                    return (Node)committed.Resource;
                // Somebody wrote the node in between: look again who owns it.
                case Outcome.RevisionMismatch or Outcome.NotFound when attempt < Attempts:
                case Outcome.Conflict when attempt < Attempts && cluster.Current.Find<Node>(ResourceKey.Node(name)) != existing:
                    continue;
                case var refused:
                    throw Refusals.Of(refused);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "node {Node} joined with number {Number} from {Peer}, token {Token}")]
    partial void LogJoined(string node, uint number, string peer, string token);

    [LoggerMessage(Level = LogLevel.Warning, Message = "a host at {Peer} gave a wrong token to join as {Node}")]
    partial void LogRefused(string node, string peer);
}
