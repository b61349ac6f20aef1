using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Weft.Agent.State;
using Weft.Docker.Engine;
using Weft.Docker.State;
using Weft.Model.State;

namespace Weft.Docker.Networks;

/// <summary>
/// Makes the networks of Docker and of Weft one: links what Docker has, gives Docker what it lacks, takes away
/// what is no more. One pass compares everything and may run at any time.
/// </summary>
sealed partial class NetworkPublisher(
    IDockerEngine engine, Latest<AgentState> agent, DockerState state, NetworkLinker linker, FaultBoard board,
    DockerOptions options, ILogger<NetworkPublisher> log)
{
    /// <summary>The driver's name, which is the plugin's file name.</summary>
    public string Driver { get; } = Path.GetFileNameWithoutExtension(options.PluginSocket);

    /// <summary>What the last pass could not do, one line each.</summary>
    public ImmutableArray<string> Faults { get; private set; } = [];

    public async Task PassAsync(CancellationToken cancellation)
    {
        var faults = ImmutableArray.CreateBuilder<string>();
        // In this order: a network that is in the state by now is also in Docker's list if Docker made it.
        var seen = agent.Value;
        var all = await engine.ListNetworksAsync(cancellation).ConfigureAwait(false);
        var ours = all.Where(network => network.Driver == Driver).ToList();
        foreach (var network in ours.Where(network => !state.Leaving.ContainsKey(network.Id)))
            await TryAsync(network.Name, faults, () => LinkOrRemoveAsync(network, seen, cancellation)).ConfigureAwait(false);
        ForgetAllBut(ours);
        if (seen.InSync)
            await PublishAsync(seen.State, all, faults, cancellation).ConfigureAwait(false);
        foreach (var fault in faults.Except(Faults))
            Failed(fault);
        Faults = faults.ToImmutable();
        board.Set("docker", Faults);
    }

    async Task LinkOrRemoveAsync(EngineNetwork network, AgentState seen, CancellationToken cancellation)
    {
        var link = await linker.LinkAsync(network, cancellation).ConfigureAwait(false);
        if (link is null || !NetworkLinker.IsGone(seen, link))
            return;
        Removing(network.Name);
        await engine.RemoveNetworkAsync(network.Id, cancellation).ConfigureAwait(false);
    }

    void ForgetAllBut(List<EngineNetwork> ours)
    {
        var known = ours.Select(network => network.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var id in state.Networks.All.Where(link => link.Value.Network is not null && !known.Contains(link.Key)).ToList())
            state.Networks.Remove(id.Key);
    }

    async Task PublishAsync(
        NodeState wanted, ImmutableArray<EngineNetwork> all, ImmutableArray<string>.Builder faults,
        CancellationToken cancellation)
    {
        var published = state.Networks.All.Values.Select(link => link.Network).ToHashSet();
        foreach (var network in wanted.Networks.Values.Where(network => !published.Contains(network.Uid)))
        {
            var name = DockerNames.ForDocker(network, options.DefaultProject);
            if (all.FirstOrDefault(one => one.Name == name) is not { } taken)
                await TryAsync(name, faults, () => GiveAsync(network, name, cancellation)).ConfigureAwait(false);
            else if (taken.Driver != Driver)
                faults.Add(
                    $"network {network.Project}/{network.Name} is not offered to Docker: it has a network {name} of driver "
                    + $"{taken.Driver}; remove that or name one of them otherwise");
        }
    }

    async Task GiveAsync(NodeNetwork network, string name, CancellationToken cancellation)
    {
        var made = await engine.CreateNetworkAsync(
            new(
                name, Driver,
                ImmutableDictionary<string, string>.Empty.Add(NetworkOptions.UidOption, network.Uid.ToString()),
                [.. network.Subnets.Select(subnet => new EnginePool(subnet.Prefix, null, Addresses.GatewayOf(subnet)))],
                network.Internal),
            cancellation).ConfigureAwait(false);
        if (made is not null)
            Given(name);
    }

    static async Task TryAsync(string name, ImmutableArray<string>.Builder faults, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            faults.Add($"Docker network {name}: {exception.Message}");
        }
    }

    [LoggerMessage(LogLevel.Information, "network {Name} is now in Docker")]
    partial void Given(string name);

    [LoggerMessage(LogLevel.Information, "network {Name} is no more; Docker's is removed")]
    partial void Removing(string name);

    [LoggerMessage(LogLevel.Warning, "{Fault}; tried again")]
    partial void Failed(string fault);
}
