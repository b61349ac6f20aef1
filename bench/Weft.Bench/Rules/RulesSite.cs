using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Weft.Bench.Setups;

namespace Weft.Bench.Rules;

/// <summary>Two hosts and two networks that a policy joins: a client in one, servers in the other on both hosts.</summary>
sealed class RulesSite : IDisposable
{
    const string Server = "172.30.0.1:7440";

    readonly Site _site = new("wbrules");
    readonly HttpClient _api;

    public RulesSite()
    {
        _api = new(new SocketsHttpHandler { ConnectCallback = async (_, cancellation) => await ConnectAsync(cancellation) });
        _site.Down();
        _site.Up(2, docker: false);
        _site.Start(1, $"{Site.Published("weftd")} up --listen {Server} --no-docker", "/run/weftd.log");
        _site.WaitForNodes(1);
        var token = _site.Weft(1, "token create second --role join").Trim();
        _site.Start(2, $"{Site.Published("weftd")} agent --server https://{Server} --token {token} --no-docker", "/run/weftd.log");
        _site.WaitForNodes(2);
        _site.Weft(1, "network create front --subnet 10.96.0.0/16");
        _site.Weft(1, "network create back --subnet 10.97.0.0/16");
        var client = Attach(1, "front", "client", "10.96.0.10");
        Near = new(client, Attach(1, "back", "near", "10.97.0.10"), "10.97.0.10");
        Far = new(client, Attach(2, "back", "far", "10.97.0.11"), "10.97.0.11");
    }

    /// <summary>Client and server on one host.</summary>
    public Ends Near { get; }

    /// <summary>The same client, and a server on the other host.</summary>
    public Ends Far { get; }

    /// <summary>Replaces the policy.</summary>
    /// <returns>Its revision.</returns>
    public long Put(string document)
    {
        using var content = new StringContent(document, Encoding.UTF8, "application/json");
        using var answer = _api.PutAsync($"http://weft/api/v1/policies/{RuleDocument.Name}", content).Result;
        var text = answer.Content.ReadAsStringAsync().Result;
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException(text);
        using var json = JsonDocument.Parse(text);
        return json.RootElement.GetProperty("revision").GetInt64();
    }

    /// <summary>Waits until every node says that a revision is in its kernel.</summary>
    public void WaitFor(long revision)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (!IsApplied(revision))
        {
            if (DateTime.UtcNow > deadline)
                throw new TimeoutException($"revision {revision} is not on every node");
            Thread.Sleep(20);
        }
    }

    public void Dispose()
    {
        _api.Dispose();
        _site.Down();
    }

    bool IsApplied(long revision)
    {
        using var json = JsonDocument.Parse(_api.GetStringAsync("http://weft/api/v1/nodes").Result);
        return json.RootElement.GetProperty("items").EnumerateArray()
            .All(node => node.GetProperty("status").GetProperty("appliedRevision").GetInt64() >= revision);
    }

    string Attach(int host, string network, string name, string address)
    {
        _site.Exec(host, $"ip netns add {name}");
        _site.Exec(host, $"ip -n {name} link set lo up");
        _site.Weft(host, $"port attach --network {network} --netns {name} --name {name} --address {address}");
        return _site.PathOf(host, $"/run/netns/{name}");
    }

    async Task<Stream> ConnectAsync(CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_site.PathOf(1, "/run/weft/weft.sock")), cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
