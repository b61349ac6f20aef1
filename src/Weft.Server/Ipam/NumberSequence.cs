namespace Weft.Server.Ipam;

/// <summary>
/// Chooses numbers from 1 to <paramref name="largest"/>, each after the last one, and starts over at the
/// end: a number that was given back rests as long as there are others.
/// </summary>
sealed class NumberSequence(uint largest)
{
    uint last;

    /// <summary>Goes on behind <paramref name="number"/>.</summary>
    public void Seen(uint number) => last = Math.Max(last, number);

    /// <returns>A number that is not taken; null when all are.</returns>
    public uint? Next(Func<uint, bool> isTaken)
    {
        for (uint tried = 0; tried < largest; tried++)
        {
            last = last >= largest ? 1 : last + 1;
            if (!isTaken(last))
                return last;
        }
        return null;
    }
}
