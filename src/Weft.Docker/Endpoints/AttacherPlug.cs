using Weft.Agent.Attachments;
using Weft.Model.State;

namespace Weft.Docker.Endpoints;

/// <summary>The agent's attachments as the driver needs them.</summary>
sealed class AttacherPlug(Attacher attacher) : IEndpointPlug
{
    public async Task<string> PrepareAsync(NodeNetwork network, NodePort port, CancellationToken cancellation)
    {
        var prepared = await attacher.PrepareEndpointAsync(port.Uid, port.Device ?? "docker", cancellation).ConfigureAwait(false);
        return prepared.Interface;
    }

    public Task RemoveAsync(Guid port, CancellationToken cancellation)
    {
        attacher.RemoveEndpoint(port);
        return Task.CompletedTask;
    }
}
