using System.Collections.Immutable;
using Weft.Agent.Desired;
using Weft.Agent.State;

namespace Weft.Agent.Attachments;

/// <summary>How a local port stands in the kernel.</summary>
/// <param name="Ifindex">Of the interface that this is about.</param>
/// <param name="Error">Null: packets pass.</param>
sealed record AppliedPort(int Ifindex, string? Error);

/// <summary>What is attached (on disk), what has its interface (in memory), and what became of it.</summary>
sealed class PortRegistry(AttachmentStore store, uint maxFlows)
{
    const int IdLimit = 1 << 24;

    ImmutableDictionary<Guid, LocalPort> _locals = ImmutableDictionary<Guid, LocalPort>.Empty;
    int _inFlight;

    internal AttachmentStore Store => store;

    internal ImmutableDictionary<Guid, LocalPort> Locals => Volatile.Read(ref _locals);

    /// <summary>Written by the runtime after every round.</summary>
    internal Latest<ImmutableDictionary<Guid, AppliedPort>> Applied { get; } =
        new(ImmutableDictionary<Guid, AppliedPort>.Empty);

    /// <summary>Called when <see cref="Locals"/> changed.</summary>
    internal Action Changed { get; set; } = () => { };

    /// <summary>Attachments that are being made: their ports may be known before their records.</summary>
    internal int InFlight => Volatile.Read(ref _inFlight);

    internal IDisposable Begin()
    {
        Interlocked.Increment(ref _inFlight);
        return new Flight(this);
    }

    internal PortAttachment NewAttachment(Guid port, AttachMethod method, string target, string @interface, bool ownsPort) => new()
    {
        Port = port,
        Id = NewId(),
        Method = method,
        Target = target,
        Interface = @interface,
        OwnsPort = ownsPort,
    };

    /// <summary>The attachment's interface is there.</summary>
    internal void AddLocal(PortAttachment attachment, int ifindex)
    {
        var local = new LocalPort(attachment.Port, attachment.Id, ifindex, maxFlows);
        ImmutableInterlocked.AddOrUpdate(ref _locals, attachment.Port, local, (_, _) => local);
        Changed();
    }

    internal void RemoveLocal(Guid port)
    {
        if (ImmutableInterlocked.TryRemove(ref _locals, port, out _))
            Changed();
    }

    uint NewId()
    {
        while (true)
        {
            var id = (uint)Random.Shared.Next(1, IdLimit);
            if (store.All.Values.All(attachment => attachment.Id != id))
                return id;
        }
    }

    sealed class Flight(PortRegistry registry) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref registry._inFlight);
    }
}
