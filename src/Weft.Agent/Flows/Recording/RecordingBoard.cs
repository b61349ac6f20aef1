namespace Weft.Agent.Flows;

/// <summary>How recording goes, for the node's status. One writes, any thread reads.</summary>
sealed class RecordingBoard
{
    readonly Lock _lock = new();
    FlowTally _recorded;
    volatile string _fault = "";

    /// <summary>Why nothing can be written; empty: it can.</summary>
    internal string Fault
    {
        get => _fault;
        set => _fault = value;
    }

    /// <summary>Since this agent runs.</summary>
    internal FlowTally Recorded
    {
        get
        {
            lock (_lock)
                return _recorded;
        }
        set
        {
            lock (_lock)
                _recorded = value;
        }
    }
}
