namespace Weft.Agent.Balancing;

/// <summary>Which parts of the slots are in use. The first gap that is long enough is given out; gaps that meet become one.</summary>
sealed class SlotRanges(uint room)
{
    readonly SortedList<uint, uint> _gaps = room == 0 ? [] : new() { [0] = room };

    /// <summary>Slots that nobody has.</summary>
    internal uint Free => (uint)_gaps.Values.Sum(length => length);

    /// <summary>Where it begins; null: there is no such gap.</summary>
    internal uint? Take(uint length)
    {
        for (var i = 0; i < _gaps.Count; i++)
        {
            if (_gaps.GetValueAtIndex(i) < length)
                continue;
            var offset = _gaps.GetKeyAtIndex(i);
            Cut(i, offset, length);
            return offset;
        }
        return null;
    }

    /// <summary>Takes this very part; false: some of it is taken, or is nowhere.</summary>
    internal bool TakeAt(uint offset, uint length)
    {
        for (var i = 0; i < _gaps.Count && _gaps.GetKeyAtIndex(i) <= offset; i++)
        {
            if (offset - _gaps.GetKeyAtIndex(i) is var ahead && (ulong)ahead + length > _gaps.GetValueAtIndex(i))
                continue;
            Cut(i, offset, length);
            return true;
        }
        return false;
    }

    /// <summary>Gives back what was taken.</summary>
    internal void Return(uint offset, uint length)
    {
        if (length == 0)
            return;
        if (_gaps.TryGetValue(offset + length, out var behind))
        {
            _gaps.Remove(offset + length);
            length += behind;
        }
        for (var i = 0; i < _gaps.Count && _gaps.GetKeyAtIndex(i) < offset; i++)
        {
            var start = _gaps.GetKeyAtIndex(i);
            if (start + _gaps.GetValueAtIndex(i) != offset)
                continue;
            _gaps[start] += length;
            return;
        }
        _gaps[offset] = length;
    }

    void Cut(int index, uint offset, uint length)
    {
        var (start, whole) = (_gaps.GetKeyAtIndex(index), _gaps.GetValueAtIndex(index));
        _gaps.RemoveAt(index);
        if (offset > start)
            _gaps[start] = offset - start;
        if (start + whole > offset + length)
            _gaps[offset + length] = start + whole - (offset + length);
    }
}
