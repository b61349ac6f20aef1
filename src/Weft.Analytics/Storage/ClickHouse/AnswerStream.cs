using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Weft.Analytics.Storage.ClickHouse;

/// <summary>
/// The bytes of an answer. When a query fails after rows have been sent, ClickHouse writes the reason behind them; to a reader
/// of Arrow that would be the length of a message of two gigabytes.
/// </summary>
sealed partial class AnswerStream(Stream inner, ClickHouseOptions options) : Stream
{
    /// <summary>What messages begin with is read by itself.</summary>
    const int Prefix = 4;

    const int MostReason = 64 << 10;

    /// <summary>The beginning of <c>\r\n__exception__</c>, as a length.</summary>
    static readonly int s_reason = BinaryPrimitives.ReadInt32LittleEndian("\r\n__"u8);

    bool _hasReason;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length != Prefix)
            return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        var count = await inner.ReadAtLeastAsync(buffer, Prefix, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        Look(buffer.Span[..count]);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (count != Prefix)
            return inner.Read(buffer, offset, count);
        var read = inner.ReadAtLeast(buffer.AsSpan(offset, count), Prefix, throwOnEndOfStream: false);
        Look(buffer.AsSpan(offset, read));
        return read;
    }

    /// <summary>What the engine has written behind the rows; null: nothing, and the answer has a proper end.</summary>
    /// <remarks>To be asked after the last row too: the rows of an answer that failed may look complete.</remarks>
    internal async Task<FlowStoreException?> FailureAsync(CancellationToken cancellation)
    {
        var bytes = new byte[MostReason];
        var count = 0;
        var isBroken = _hasReason;
        try
        {
            while (count < bytes.Length && await inner.ReadAsync(bytes.AsMemory(count), cancellation).ConfigureAwait(false) is > 0 and var more)
                count += more;
        }
        catch (IOException)
        {
            isBroken = true; // an answer that failed has no proper end
        }
        var text = Encoding.UTF8.GetString(bytes, 0, count);
        if (Reason().Match(text) is { Success: true } match)
            return ClickHouseErrors.Of(int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture), match.Value, options);
        return isBroken || count > 0 ? new($"ClickHouse at {options} broke off an answer without a reason", true) : null;
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    void Look(ReadOnlySpan<byte> prefix)
    {
        _hasReason = prefix.Length == Prefix && BinaryPrimitives.ReadInt32LittleEndian(prefix) == s_reason;
        if (_hasReason)
            throw new IOException("the answer broke off");
    }

    [GeneratedRegex(@"Code: (\d{1,6})\. [^\r\n]*")]
    private static partial Regex Reason();
}
