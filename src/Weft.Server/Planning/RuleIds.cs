namespace Weft.Server.Planning;

/// <summary>Gives the rules of a document their ids.</summary>
/// <remarks>
/// <para>An id is what counters, logs and explanations call a rule, so a rule keeps it for as long as it is the same rule:</para>
/// <para>1. one that says what a stored rule says has that one's id, wherever it stands now;</para>
/// <para>2. else the id that the document gives, if it is that of a stored rule that is not in the document as it was;</para>
/// <para>3. else, changed in place, the id of the stored rule that stood behind the same rule as it does now, if that is left;</para>
/// <para>4. else the next number that no rule of this document ever had.</para>
/// </remarks>
static class RuleIds
{
    /// <param name="rules">As the document has them.</param>
    /// <param name="stored">As they are stored, with ids.</param>
    /// <param name="last">The highest id that was ever given; the new one.</param>
    /// <param name="idOf">Of a rule; 0: none.</param>
    /// <param name="withId">The rule under another id.</param>
    /// <returns>Null when no number is left.</returns>
    public static T[]? Assign<T>(
        IReadOnlyList<T> rules, IReadOnlyList<T> stored, ref uint last, Func<T, uint> idOf, Func<T, uint, T> withId)
        where T : class
    {
        var left = stored.Select(idOf).ToHashSet();
        var ids = new uint[rules.Count];
        KeepEqual(rules, stored, ids, left, idOf, withId);
        for (var i = 0; i < rules.Count; i++)
        {
            if (ids[i] == 0 && left.Remove(idOf(rules[i])))
                ids[i] = idOf(rules[i]);
        }
        KeepPlaces(stored, ids, left, idOf);
        for (var i = 0; i < rules.Count; i++)
        {
            if (ids[i] != 0)
                continue;
            if (last == uint.MaxValue)
                return null;
            ids[i] = ++last;
        }
        return [.. rules.Select((rule, i) => idOf(rule) == ids[i] ? rule : withId(rule, ids[i]))];
    }

    static void KeepEqual<T>(
        IReadOnlyList<T> rules, IReadOnlyList<T> stored, uint[] ids, HashSet<uint> left, Func<T, uint> idOf, Func<T, uint, T> withId)
        where T : class
    {
        var equal = new Dictionary<T, Queue<uint>>();
        foreach (var rule in stored)
        {
            var content = withId(rule, 0);
            if (!equal.TryGetValue(content, out var found))
                equal[content] = found = new();
            found.Enqueue(idOf(rule));
        }
        for (var i = 0; i < rules.Count; i++)
        {
            if (equal.TryGetValue(withId(rules[i], 0), out var found) && found.TryDequeue(out var id))
            {
                ids[i] = id;
                left.Remove(id);
            }
        }
    }

    static void KeepPlaces<T>(IReadOnlyList<T> stored, uint[] ids, HashSet<uint> left, Func<T, uint> idOf)
    {
        if (left.Count == 0)
            return;
        var behind = new Dictionary<uint, uint>();
        for (var i = 0; i < stored.Count; i++)
            behind[i == 0 ? 0 : idOf(stored[i - 1])] = idOf(stored[i]);
        uint? before = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            if (ids[i] == 0 && before is { } place && behind.TryGetValue(place, out var next) && left.Remove(next))
                ids[i] = next;
            before = ids[i] == 0 ? null : ids[i];
        }
    }
}
