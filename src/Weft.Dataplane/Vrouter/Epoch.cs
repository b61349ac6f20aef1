namespace Weft.Dataplane;

/// <summary>Counts the changes of what connections are decided by; the lowest bit says which slot counts.</summary>
/// <remarks>A decision during which it moves is made again, so each is made by one state.</remarks>
sealed class Epoch(IReconcilerTarget<uint, uint> target)
{
    const uint Key = 0;

    uint _value = Read(target);

    /// <summary>The slot of routes and policies that counts.</summary>
    internal uint Slot => _value & 1;

    internal void ReadBack() => _value = Read(target);

    /// <summary>What is in the other slots counts from now on.</summary>
    internal ReconcileResult Flip() => Write(_value + 1);

    /// <summary>Whoever is deciding looks again.</summary>
    internal ReconcileResult MoveOn() => Write(_value + 2);

    ReconcileResult Write(uint value)
    {
        try
        {
            target.Set(Key, value);
            _value = value;
            return ReconcileResult.Nothing;
        }
        catch (IOException error)
        {
            return new(0, [new("epoch", $"{value}", error)]);
        }
    }

    static uint Read(IReconcilerTarget<uint, uint> target) => target.Read().FirstOrDefault(e => e.Key == Key).Value;
}
