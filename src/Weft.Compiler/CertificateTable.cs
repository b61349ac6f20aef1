using System.Runtime.InteropServices;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>Which node shows which certificates: those that load balancers on it name. Nobody else is told of them.</summary>
sealed class CertificateTable
{
    readonly Dictionary<NodeEntry, Dictionary<Guid, NodeCertificate>> _told = [];
    readonly Dictionary<ResourceKey, Placed> _balancers = [];
    readonly Dictionary<ResourceKey, HashSet<ResourceKey>> _users = []; // by key of a certificate, whether or not there is one

    /// <summary>All that a node shows.</summary>
    public IEnumerable<NodeCertificate> Of(NodeEntry node) => _told.TryGetValue(node, out var known) ? known.Values : [];

    /// <summary>Looks again at what was marked. Load balancers must be placed.</summary>
    public void Place(IEnumerable<ResourceKey> certificates, Snapshot next, ClusterStep step, Func<string, NodeEntry> nodeOf)
    {
        var touched = new HashSet<NodeEntry>();
        foreach (var key in step.Balancers)
        {
            if (_balancers.TryGetValue(key, out var old))
                touched.Add(old.Node);
            Follow(key, next, nodeOf);
            if (_balancers.TryGetValue(key, out var now))
                touched.Add(now.Node);
        }
        foreach (var user in certificates.SelectMany(key => _users.GetValueOrDefault(key, [])))
            touched.Add(_balancers[user].Node);
        foreach (var node in touched)
            Tell(node, next, step);
    }

    /// <summary>What https listeners that are enabled name.</summary>
    public static IEnumerable<ResourceKey> NamedBy(LoadBalancer balancer) => balancer.Enabled == false
        ? []
        : (balancer.Listeners ?? []).Where(listener => listener is { Enabled: not false, Protocol: Listener.HttpsProtocol })
            .SelectMany(listener => listener.Http?.Certificates ?? [])
            .Select(name => ResourceKey.Certificate(balancer.Project, name))
            .Distinct();

    public static NodeCertificate Of(Certificate certificate) =>
        new(certificate.Uid, certificate.Project, certificate.Name, certificate.Chain, certificate.PrivateKey ?? "");

    void Follow(ResourceKey key, Snapshot next, Func<string, NodeEntry> nodeOf)
    {
        if (_balancers.Remove(key, out var old))
            foreach (var certificate in old.Certificates)
                if (_users[certificate].Remove(key) && _users[certificate].Count == 0)
                    _users.Remove(certificate);
        if (next.Find<LoadBalancer>(key) is not { Node: { } name } balancer || !nodeOf(name).Balancers.Contains(key))
            return;
        var placed = _balancers[key] = new(nodeOf(name), [.. NamedBy(balancer)]);
        foreach (var certificate in placed.Certificates)
            (CollectionsMarshal.GetValueRefOrAddDefault(_users, certificate, out _) ??= []).Add(key);
    }

    void Tell(NodeEntry node, Snapshot next, ClusterStep step)
    {
        var before = _told.GetValueOrDefault(node, []);
        var after = node.Balancers.SelectMany(key => _balancers.TryGetValue(key, out var placed) ? placed.Certificates : [])
            .Distinct().Select(next.Find<Certificate>).OfType<Certificate>().Select(Of)
            .ToDictionary(certificate => certificate.Uid);
        var news = new NodeDeltaBuilder();
        foreach (var gone in before.Keys.Where(uid => !after.ContainsKey(uid)))
            news.RemoveCertificate(gone);
        foreach (var certificate in after.Values.Where(certificate => !certificate.Equals(before.GetValueOrDefault(certificate.Uid))))
            news.Set(certificate);
        if (after.Count == 0)
            _told.Remove(node);
        else
            _told[node] = after;
        step.Certificates[node] = news;
    }

    readonly record struct Placed(NodeEntry Node, ResourceKey[] Certificates);
}
