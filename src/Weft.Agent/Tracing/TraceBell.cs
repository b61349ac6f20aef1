using System.Threading.Channels;
using Weft.Protocol.V1;

namespace Weft.Agent.Tracing;

/// <summary>Traces that the server asks for, and what came of them. Who reads slowly loses: a trace is asked for again.</summary>
sealed class TraceBell
{
    const int Most = 256;

    internal Channel<TraceRequest> Requests { get; } = Bounded<TraceRequest>();

    internal Channel<TraceReport> Reports { get; } = Bounded<TraceReport>();

    static Channel<T> Bounded<T>() => Channel.CreateBounded<T>(new BoundedChannelOptions(Most) { FullMode = BoundedChannelFullMode.DropWrite });
}
