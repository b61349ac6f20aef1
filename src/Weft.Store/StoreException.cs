namespace Weft.Store;

/// <summary>The store cannot do its work: wrong or damaged file, no space, no permission. The message says what to do.</summary>
public class StoreException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The log of changes begins later than what was asked for: load everything again.</summary>
public sealed class CompactedException(long asked, long oldest)
    : StoreException($"changes after revision {asked} are no longer kept; the oldest that can be followed from is {oldest}")
{
    /// <summary>The oldest revision that can be watched from.</summary>
    public long Oldest { get; } = oldest;
}
