namespace Weft.Agent.Flows;

/// <summary>How it goes with the server, for the node's status.</summary>
sealed class SendingBoard
{
    volatile string _refused = "";
    ulong _oneByOneUpTo;

    /// <summary>Totals of what could not be told, by place; they go with every batch.</summary>
    internal Func<IReadOnlyDictionary<string, ulong>> Losses { get; init; } = () => new Dictionary<string, ulong>();

    /// <summary>Why the server stores nothing now; empty: it does.</summary>
    internal string Refused
    {
        get => _refused;
        set => _refused = value;
    }

    /// <summary>The server cannot read one of the batches up to this one; which, is not known: so one goes at a time.</summary>
    internal ulong OneByOneUpTo
    {
        get => Volatile.Read(ref _oneByOneUpTo);
        set => Volatile.Write(ref _oneByOneUpTo, value);
    }
}
