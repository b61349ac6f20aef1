using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Weft.Model.Validation;
using Weft.Protocol;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;

namespace Weft.Agent.Sync;

/// <summary>Makes this host a node.</summary>
/// <remarks>
/// First the server is asked for its authority's certificate, over a connection that trusts nobody: the
/// token's fingerprint tells whether it is the right one. Only then, over a connection that trusts exactly
/// that authority, does the token's secret leave the host.
/// </remarks>
public sealed class Enroller(CredentialStore store, TimeProvider time)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Joins and keeps what came of it.</summary>
    /// <exception cref="EnrollmentException">It did not work; the message says why.</exception>
    public async Task<NodeCredentials> JoinAsync(
        Uri server, string tokenText, string nodeName, FabricEndpoint fabric, CancellationToken cancellation)
    {
        if (!JoinToken.TryParse(tokenText, out var token))
            throw new EnrollmentException("the token is not a join token (weft1.ID.SECRET.FINGERPRINT); make one with: weft token create --role join", false);
        var faults = new Faults();
        NameRules.CheckNetworkName(nodeName, faults, "the node's name");
        if (faults.Any)
            throw new EnrollmentException(string.Join("; ", faults.ToImmutable().Select(fault => $"{fault.Path}: {fault.Message}")), false);
        using var key = store.LoadOrMakeKey();
        var authority = await FetchAuthorityAsync(server, token, cancellation).ConfigureAwait(false);
        using var connection = new ServerConnection(server, authority, null);
        var request = new JoinRequest
        {
            Token = token.ToString(),
            NodeName = nodeName,
            CertificateRequest = ByteString.CopyFrom(NodeCredentials.MakeRequest(nodeName, key)),
            FabricAddress = WireBytes.Of(fabric.Address),
            FabricMtu = (uint)fabric.Mtu,
        };
        var reply = await CallAsync(
            connection, server, options => connection.Enrollment.JoinAsync(request, options).ResponseAsync, cancellation)
            .ConfigureAwait(false);
        return Keep(Read(reply, nodeName, token.Id, key));
    }

    /// <summary>A certificate of a new year for the same key.</summary>
    /// <exception cref="RpcException">The server is away or refuses.</exception>
    internal async Task<NodeCredentials> RenewAsync(
        ServerConnection connection, NodeCredentials credentials, CancellationToken cancellation)
    {
        using var key = store.LoadOrMakeKey();
        var request = new RenewRequest
        {
            CertificateRequest = ByteString.CopyFrom(NodeCredentials.MakeRequest(credentials.NodeName, key)),
        };
        var reply = await connection.Agents.RenewAsync(request, Options(cancellation)).ConfigureAwait(false);
        return Keep(Read(reply, credentials.NodeName, credentials.TokenId, key));
    }

    async Task<X509Certificate2> FetchAuthorityAsync(Uri server, JoinToken token, CancellationToken cancellation)
    {
        using var stranger = new ServerConnection(server, null, null);
        var reply = await CallAsync(
            stranger, server, options => stranger.Enrollment.GetAuthorityAsync(new(), options).ResponseAsync, cancellation)
            .ConfigureAwait(false);
        if (Fingerprints.OfCertificate(reply.CaCertificate.Span) != token.Fingerprint)
            throw new EnrollmentException(
                $"the token is of another cluster than the server at {server}: their fingerprints differ; the token was not sent", false);
        return X509CertificateLoader.LoadCertificate(reply.CaCertificate.Span);
    }

    async Task<T> CallAsync<T>(
        ServerConnection connection, Uri server, Func<CallOptions, Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await call(Options(cancellation)).ConfigureAwait(false);
        }
        catch (RpcException e) when (!cancellation.IsCancellationRequested)
        {
            if (connection.TrustFault is { } fault)
                throw new EnrollmentException(fault, false, e);
            throw e.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Internal or StatusCode.Cancelled
                ? new EnrollmentException($"the server at {server} does not answer: {e.Status.Detail}", true, e)
                : new EnrollmentException($"the server at {server} refused: {e.Status.Detail}", false, e);
        }
    }

    CallOptions Options(CancellationToken cancellation) =>
        new(deadline: time.GetUtcNow().UtcDateTime + Patience, cancellationToken: cancellation);

    static NodeCredentials Read(JoinReply reply, string nodeName, string tokenId, ECDsa key)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(reply.Certificate.Span);
        return new(
            nodeName, reply.NodeNumber, tokenId, certificate.CopyWithPrivateKey(key),
            X509CertificateLoader.LoadCertificate(reply.CaCertificate.Span));
    }

    NodeCredentials Keep(NodeCredentials credentials)
    {
        store.Save(credentials);
        return credentials;
    }
}
