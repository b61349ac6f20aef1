using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol;
using Weft.Server.Commits;

namespace Weft.Server.Enrollment;

/// <summary>From a call's client certificate to the node that makes the call.</summary>
/// <remarks>
/// The certificate says which key may speak as which name; whether that still holds is the node resource's
/// word: deleting the node, or giving its name to another key, revokes at once.
/// </remarks>
public sealed class NodeAuthenticator(CertificateAuthority authority, Cluster cluster)
{
    /// <summary>The chain is judged once per connection; time and the node on every call.</summary>
    readonly ConditionalWeakTable<X509Certificate2, Verdict> _verdicts = [];

    /// <exception cref="RpcException">Unauthenticated: no good certificate. PermissionDenied: the node is no more.</exception>
    public Node Authenticate(ServerCallContext context)
    {
        if (context.GetHttpContext().Connection.ClientCertificate is not { } certificate)
            throw Refuse(StatusCode.Unauthenticated, "nodes show the certificate that they got when they joined");
        var verdict = _verdicts.GetValue(certificate, shown => new(authority.FindFault(shown), Fingerprints.OfKey(shown.PublicKey)));
        if ((verdict.Fault ?? authority.FindTimeFault(certificate)) is { } fault)
            throw Refuse(StatusCode.Unauthenticated, fault);
        var name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        if (cluster.Current.Find<Node>(ResourceKey.Node(name)) is not { } node)
            throw Refuse(StatusCode.PermissionDenied, $"node {name} was deleted; to come back, join with a new token");
        return node.Key == verdict.Key
            ? node
            : throw Refuse(StatusCode.PermissionDenied, $"the name {name} belongs to another host now; join with a new token and another name");
    }

    static RpcException Refuse(StatusCode code, string reason) => new(new(code, reason));

    sealed record Verdict(string? Fault, string Key);
}
