namespace Weft.Server.Flows;

/// <summary>How far one node's numbers are. Safe for any number of threads.</summary>
/// <remarks>
/// A stream that broke off may have left batches in the queue. The next one of the same series finds them here: they are not
/// queued twice, and are acknowledged when they are stored.
/// </remarks>
sealed class FlowSeries(Guid uid)
{
    readonly Lock _lock = new();
    Action? _changed;
    int _epoch;
    ulong _queued;
    ulong _stored;
    string? _fault;

    internal Guid Uid => uid;

    /// <summary>Batches up to this one are safe.</summary>
    internal ulong Stored
    {
        get
        {
            lock (_lock)
                return _stored;
        }
    }

    /// <summary>A batch that the store cannot take, though it takes others; nothing behind it is stored. Null: there is none.</summary>
    internal string? Fault
    {
        get
        {
            lock (_lock)
                return _fault;
        }
    }

    /// <summary>Nothing of it waits for the store.</summary>
    internal bool IsIdle
    {
        get
        {
            lock (_lock)
                return _queued == _stored;
        }
    }

    /// <summary>No stream has it.</summary>
    internal bool IsLeft
    {
        get
        {
            lock (_lock)
                return _changed is null;
        }
    }

    /// <summary>A batch that was queued then may be stored: none before it was given back.</summary>
    internal bool Holds(int epoch)
    {
        lock (_lock)
            return _fault is null && epoch == _epoch;
    }

    /// <summary>A new stream of the node, which is called when there is something to tell it. It begins behind what is queued.</summary>
    internal void Attach(Action changed)
    {
        lock (_lock)
        {
            _changed = changed;
            if (_fault is null)
                return;
            _fault = null;
            _queued = _stored;
            _epoch++;
        }
    }

    internal void Detach(Action changed)
    {
        lock (_lock)
            if (_changed == changed)
                _changed = null;
    }

    /// <summary>As the store says.</summary>
    internal void Begin(ulong newest)
    {
        lock (_lock)
            _queued = _stored = newest;
    }

    /// <summary>False: it is queued or stored already.</summary>
    /// <param name="number">Of the batch.</param>
    /// <param name="epoch">For <see cref="Holds"/>.</param>
    internal bool TryQueue(ulong number, out int epoch)
    {
        lock (_lock)
        {
            epoch = _epoch;
            if (number <= _queued)
                return false;
            _queued = number;
            return true;
        }
    }

    internal void SetStored(ulong number)
    {
        Action? changed;
        lock (_lock)
        {
            _stored = Math.Max(_stored, number);
            changed = _changed;
        }
        changed?.Invoke();
    }

    internal void SetFault(string fault)
    {
        Action? changed;
        lock (_lock)
        {
            _fault = fault;
            changed = _changed;
        }
        changed?.Invoke();
    }

    /// <summary>The store takes batches again, or does not: streams tell.</summary>
    internal void Notify()
    {
        Action? changed;
        lock (_lock)
            changed = _changed;
        changed?.Invoke();
    }
}
