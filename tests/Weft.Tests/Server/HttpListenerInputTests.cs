using System.Net;
using Weft.Model.Resources;
using Weft.Model.Validation;

namespace Weft.Tests.Server;

/// <summary>What people get wrong in HTTP listeners and their pools is told with its place.</summary>
public sealed class HttpListenerInputTests
{
    static LoadBalancer Balancer(Listener listener, Pool? pool = null) => LoadBalancerDefaults.Complete(new()
    {
        Name = "web",
        Network = "front",
        Listeners = [listener],
        Pools = [pool ?? new()],
    });

    static Listener Http(HttpHandling? http = null, string protocol = "http", ushort last = 80) =>
        new() { Protocol = protocol, Ports = new(80, last), Http = http };

    static Listener Route(HttpRoute route) => Http(new() { Routes = [route] });

    static HttpRoute To(HttpMatch? match = null) => new() { Pool = "default", Match = match };

    static Dictionary<string, string> Header(string name, string value) => new Dictionary<string, string> { [name] = value };

    public static TheoryData<LoadBalancer, string, string> BadInput() => new()
    {
        { Balancer(Http(last: 81)), "listeners[0].ports", "80-81: an http listener has one port" },
        { Balancer(Http(new(), protocol: "tcp")), "listeners[0].http", "is for http and https listeners, not for tcp" },
        { Balancer(Http(protocol: "https")), "listeners[0].http.certificates", "is required" },
        { Balancer(Http(new() { Certificates = ["a"] })), "listeners[0].http.certificates", "are for https listeners" },
        { Balancer(Http(new() { Certificates = ["A"] }, "https")), "listeners[0].http.certificates[0]", "'A' is not a name" },
        { Balancer(Http(new() { CertificateFiles = [new() { Chain = "a.pem", Key = "/a.key" }] }, "https")), "listeners[0].http.certificateFiles[0].chain", "'a.pem' is not an absolute path" },
        { Balancer(Http(new() { CertificateFiles = [new() { Chain = "/a.pem" }] }, "https")), "listeners[0].http.certificateFiles[0].key", "is required" },
        { Balancer(Http(new() { RequestTimeoutSeconds = -1 })), "listeners[0].http.requestTimeoutSeconds", "is -1" },
        { Balancer(Http(), new() { AffinitySeconds = 60 }), "listeners[0].pool", "pool default has affinitySeconds" },
        { Balancer(Route(new())), "listeners[0].http.routes[0]", "needs one of pool, redirect and respond" },
        { Balancer(Route(To() with { Respond = new() { Status = 200 } })), "listeners[0].http.routes[0]", "needs one of pool, redirect and respond" },
        { Balancer(Route(new() { Pool = "none" })), "listeners[0].http.routes[0].pool", "there is no pool 'none' here" },
        { Balancer(Route(To(new() { Hosts = ["a b"] }))), "listeners[0].http.routes[0].match.hosts[0]", "'a b' is not a DNS name" },
        { Balancer(Route(To(new() { Hosts = [] }))), "listeners[0].http.routes[0].match.hosts", "is empty" },
        { Balancer(Route(To(new() { Hosts = ["a.*.b"] }))), "listeners[0].http.routes[0].match.hosts[0]", "nor *. before one" },
        { Balancer(Route(To(new() { Path = "x" }))), "listeners[0].http.routes[0].match.path", "'x' is not a path" },
        { Balancer(Route(To(new() { PathPrefix = "/a?b" }))), "listeners[0].http.routes[0].match.pathPrefix", "is not a path" },
        { Balancer(Route(To(new() { Methods = ["GE T"] }))), "listeners[0].http.routes[0].match.methods[0]", "is no method" },
        { Balancer(Route(To(new() { Headers = [new()] }))), "listeners[0].http.routes[0].match.headers[0].name", "is no name of a header" },
        { Balancer(Route(To() with { ReplacePrefix = "/v1" })), "listeners[0].http.routes[0].replacePrefix", "needs match.pathPrefix" },
        { Balancer(Route(To() with { RequestHeaders = new() { Set = Header("Connection", "close") } })), "listeners[0].http.routes[0].requestHeaders.set['Connection']", "is the proxy's own" },
        { Balancer(Route(To() with { ResponseHeaders = new() { Set = Header("X-A", "b\r\nX-C: d") } })), "listeners[0].http.routes[0].responseHeaders.set['X-A']", "others than printable ASCII" },
        { Balancer(Route(To() with { ResponseHeaders = new() { Remove = ["a:"] } })), "listeners[0].http.routes[0].responseHeaders.remove[0]", "is no name of a header" },
        { Balancer(Route(new() { Redirect = new() })), "listeners[0].http.routes[0].redirect", "leads back to where it comes from" },
        { Balancer(Route(new() { Redirect = new() { Status = 200, Scheme = "https" } })), "listeners[0].http.routes[0].redirect.status", "200 is no redirect: 301, 302, 303, 307, 308" },
        { Balancer(Route(new() { Redirect = new() { Scheme = "ftp" } })), "listeners[0].http.routes[0].redirect.scheme", "'ftp' is not http or https" },
        { Balancer(Route(new() { Redirect = new() { Path = "a" } })), "listeners[0].http.routes[0].redirect.path", "is not a path" },
        { Balancer(Route(new() { Respond = new() { Status = 99 } })), "listeners[0].http.routes[0].respond.status", "99 is no status" },
        { Balancer(Http(), new() { Http = new() { Protocol = "h3" } }), "pools[0].http.protocol", "'h3' is no protocol of members: http, https, h2c, h2" },
        { Balancer(Http(), new() { Http = new() { Cookie = new() { Name = "a b" } } }), "pools[0].http.cookie.name", "is no name of a cookie" },
        { Balancer(Http(), new() { Http = new() { Tls = new() } }), "pools[0].http.tls", "is for members that speak https or h2" },
        { Balancer(Http(), new() { Http = new() { Protocol = "https" } }), "pools[0].http.tls", "give ca" },
        { Balancer(Http(), new() { Http = new() { Protocol = "https", Tls = new() { Ca = "x" } } }), "pools[0].http.tls.ca", "has no certificate" },
    };

    [Theory]
    [MemberData(nameof(BadInput), DisableDiscoveryEnumeration = true)]
    public void What_is_wrong_is_told_with_its_place(LoadBalancer balancer, string path, string message)
    {
        var faults = new Faults();
        LoadBalancerRules.Check(balancer with { Addresses = [IPAddress.Loopback] }, faults);

        var fault = Assert.Single(faults.ToImmutable());
        Assert.Equal(path, fault.Path);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_listener_that_only_redirects_needs_no_pool()
    {
        var faults = new Faults();
        LoadBalancerRules.Check(LoadBalancerDefaults.Complete(new()
        {
            Name = "web",
            Network = "front",
            Listeners = [Route(new() { Redirect = new() { Scheme = "https", Status = 301 } })],
        }), faults);

        Assert.Empty(faults.ToImmutable());
    }
}
