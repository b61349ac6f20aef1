using Grpc.Core;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Server.Commits;
using ModelFault = Weft.Model.Validation.Fault;

namespace Weft.Server.Sync;

/// <summary>From what the cluster says to what a gRPC caller gets.</summary>
static class Refusals
{
    /// <param name="outcome">Anything but <see cref="Outcome.Committed"/>.</param>
    public static RpcException Of(Outcome outcome) => outcome switch
    {
        Outcome.Invalid invalid => FaultTrailer.ToException(StatusCode.InvalidArgument, invalid.Faults),
        Outcome.NotFound notFound => NotFound(notFound.Message),
        Outcome.Conflict conflict => FaultTrailer.ToException(StatusCode.AlreadyExists, conflict.Faults),
        Outcome.InUse inUse => FaultTrailer.ToException(StatusCode.FailedPrecondition, [new("", inUse.Message)]),
        Outcome.Exhausted exhausted => FaultTrailer.ToException(StatusCode.ResourceExhausted, [exhausted.Fault]),
        _ => new(new(StatusCode.Aborted, $"{outcome.Describe()}; try again")),
    };

    public static RpcException Of(MalformedRecordException malformed) =>
        FaultTrailer.ToException(StatusCode.InvalidArgument, [new(malformed.Field, malformed.Message)]);

    public static RpcException NotFound(string message) =>
        FaultTrailer.ToException(StatusCode.NotFound, [new ModelFault("", message)]);

    /// <summary>Something of that uid; what it was is not known any more.</summary>
    public static RpcException NotFound(string what, Guid uid) => NotFound($"there is no {what} with uid {uid}");

    public static RpcException NotYours(ResourceKey key, string owner) =>
        FaultTrailer.ToException(StatusCode.PermissionDenied, [new ModelFault("", $"{key} is on node {owner}")]);
}
