using System.Net;

namespace Weft.Agent.Names;

/// <summary>Bounds what one caller may have going on, so that none takes the place of all others.</summary>
sealed class CallerLimit(int most, int mostOfAll = int.MaxValue)
{
    readonly Lock _lock = new();
    readonly Dictionary<IPAddress, int> _counts = [];
    int _all;

    internal bool TryEnter(IPAddress caller)
    {
        lock (_lock)
        {
            var count = _counts.GetValueOrDefault(caller);
            if (count >= most || _all >= mostOfAll)
                return false;
            _counts[caller] = count + 1;
            _all++;
            return true;
        }
    }

    internal void Leave(IPAddress caller)
    {
        lock (_lock)
        {
            _all--;
            if (--_counts[caller] == 0)
                _counts.Remove(caller);
        }
    }
}
