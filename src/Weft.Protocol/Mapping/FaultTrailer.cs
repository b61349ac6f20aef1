using Google.Protobuf;
using Grpc.Core;
using Weft.Protocol.V1;
using ModelFault = Weft.Model.Validation.Fault;

namespace Weft.Protocol.Mapping;

/// <summary>Carries all faults of a refused call in the trailer <c>weft-faults-bin</c>, beside the gRPC status.</summary>
public static class FaultTrailer
{
    public const string Name = "weft-faults-bin";

    // Trailers count against HTTP/2's header limits, 8 KiB by default on some clients.
    const int MaxFaults = 20;

    public static RpcException ToException(StatusCode code, IReadOnlyList<ModelFault> faults)
    {
        var list = new FaultList();
        list.Faults.AddRange(faults.Take(MaxFaults).Select(fault => new Fault { Path = fault.Path, Message = fault.Message }));
        return new(
            new Grpc.Core.Status(code, string.Join("; ", faults.Take(MaxFaults).Select(Sentence))),
            new Metadata { { Name, list.ToByteArray() } });
    }

    /// <returns>The faults of the trailer; when there is none, one fault with the status' detail.</returns>
    public static IReadOnlyList<ModelFault> Read(RpcException exception)
    {
        if (exception.Trailers.GetValueBytes(Name) is { } bytes)
            try
            {
                return [.. FaultList.Parser.ParseFrom(bytes).Faults.Select(fault => new ModelFault(fault.Path, fault.Message))];
            }
            catch (InvalidProtocolBufferException)
            {
                // Whoever wrote it is not Weft's server; the status is all there is.
            }
        return [new("", exception.Status.Detail)];
    }

    static string Sentence(ModelFault fault) => fault.Path.Length == 0 ? fault.Message : $"{fault.Path}: {fault.Message}";
}
