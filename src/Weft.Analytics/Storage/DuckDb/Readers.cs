namespace Weft.Analytics.Storage.DuckDb;

/// <summary>
/// Who asks, and since when: a file that is forgotten is let go only when nobody asks who may have begun while it was there.
/// </summary>
sealed class Readers
{
    readonly Lock _lock = new();
    readonly SortedDictionary<long, int> _reading = [];
    long _turn;

    /// <summary>Gives back what <see cref="Leave"/> needs.</summary>
    internal long Enter()
    {
        lock (_lock)
        {
            _reading[_turn] = _reading.GetValueOrDefault(_turn) + 1;
            return _turn;
        }
    }

    internal void Leave(long turn)
    {
        lock (_lock)
        {
            if (--_reading[turn] == 0)
                _reading.Remove(turn);
        }
    }

    /// <summary>Something has changed: who begins after this, begins in a later turn than the one that is given back.</summary>
    internal long Turn()
    {
        lock (_lock)
            return _turn++;
    }

    /// <summary>All who began in this turn or before have ended.</summary>
    internal bool AreGone(long turn)
    {
        lock (_lock)
            return _reading.Count == 0 || _reading.First().Key > turn;
    }
}
