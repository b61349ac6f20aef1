using Weft.Model.State;

namespace Weft.Docker.Endpoints;

/// <summary>What the driver needs of the agent's attachments.</summary>
interface IEndpointPlug
{
    /// <summary>
    /// Makes the pair of interfaces of a port of this node and opens it in the vrouter. Doing it again for
    /// the same port changes nothing.
    /// </summary>
    /// <returns>The end that Docker moves into the container, by name.</returns>
    Task<string> PrepareAsync(NodeNetwork network, NodePort port, CancellationToken cancellation);

    /// <summary>Removes the pair, wherever its ends are now. Does nothing when it is gone.</summary>
    Task RemoveAsync(Guid port, CancellationToken cancellation);
}
