using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Compiler;

/// <summary>A private key goes to the node whose proxy needs it, and to no other.</summary>
public sealed class CertificateCompileTests
{
    static readonly Certificate Shop = new() { Name = "shop", Chain = "chain", PrivateKey = "key" };

    static LoadBalancer Balancer(string? node, params string[] certificates) => new()
    {
        Name = "lb",
        Network = "front",
        Node = node,
        Listeners =
        [
            new() { Name = "s", Protocol = Listener.HttpsProtocol, Ports = new(443, 443), Pool = "p", Http = new() { Certificates = certificates } },
        ],
    };

    [Fact]
    public void It_goes_where_the_load_balancer_is_and_follows_it()
    {
        var world = SmallWorld.WithTwoNetworks();
        Assert.Empty(world.Put(Shop));
        var placed = world.Put(Balancer("n1", "shop", "none"));
        Assert.Equal(["key"], placed["n1"].Certificates.Select(certificate => certificate.PrivateKey));

        var renewed = world.Put(Shop with { PrivateKey = "new" });
        Assert.Equal("n1", Assert.Single(renewed).Key);
        Assert.Equal(["new"], renewed["n1"].Certificates.Select(certificate => certificate.PrivateKey));

        var moved = world.Put(Balancer("n2", "shop"));
        Assert.Equal([world.Uid(ResourceKey.Of(Shop))], moved["n1"].RemovedCertificates);
        Assert.Equal(["new"], moved["n2"].Certificates.Select(certificate => certificate.PrivateKey));

        Assert.Equal([world.Uid(ResourceKey.Of(Shop))], world.Put(Balancer("n2"))["n2"].RemovedCertificates);
    }

    [Fact]
    public void A_listener_that_is_not_enabled_needs_none()
    {
        var world = SmallWorld.WithTwoNetworks();
        world.Put(Shop);
        var balancer = Balancer("n1", "shop");
        var delta = world.Put(balancer with { Listeners = [balancer.Listeners![0] with { Enabled = false }] });

        Assert.Empty(delta["n1"].Certificates);
    }
}
