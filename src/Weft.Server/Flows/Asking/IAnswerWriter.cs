using Apache.Arrow;
using Weft.Analytics.Queries;

namespace Weft.Server.Flows.Asking;

/// <summary>An answer in one of its formats, block by block.</summary>
interface IAnswerWriter : IAsyncDisposable
{
    Task BeginAsync(AnswerHead head, CancellationToken cancellation);

    /// <summary>The first so many rows of a block.</summary>
    Task WriteAsync(RecordBatch block, int rows, CancellationToken cancellation);

    /// <param name="isLimited">There are more rows than were asked for.</param>
    Task EndAsync(bool isLimited, CancellationToken cancellation);

    /// <summary>Says in the answer itself that it is not whole; false: the format cannot.</summary>
    Task<bool> FailAsync(string error);
}

/// <summary>What is known before the first row.</summary>
/// <param name="Since">Of what is answered, which may begin earlier than was asked.</param>
/// <param name="Tables">That are read.</param>
sealed record AnswerHead(IReadOnlyList<AnswerColumn> Columns, long Since, long Until, IReadOnlyList<string> Tables);
