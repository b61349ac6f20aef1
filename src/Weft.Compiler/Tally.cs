using System.Runtime.InteropServices;

namespace Weft.Compiler;

/// <summary>Who belongs, with the number of reasons for each; and who came and who left since the last look.</summary>
sealed class Tally<T> where T : notnull
{
    readonly Dictionary<T, int> _reasons = [];
    readonly HashSet<T> _members = [];
    readonly HashSet<T> _moved = [];

    /// <summary>As of the last <see cref="Settle"/>.</summary>
    public IReadOnlyCollection<T> Members => _members;

    /// <summary>As of the last <see cref="Settle"/>.</summary>
    public bool Contains(T member) => _members.Contains(member);

    /// <param name="member">Who.</param>
    /// <param name="change">Reasons more, or less.</param>
    public void Count(T member, int change)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_reasons, member, out _);
        var before = count;
        count += change;
        // What stays beyond doubt is not looked at again: a port more among many moves nobody.
        if (before == 0 || count == 0)
            _moved.Add(member);
        if (count == 0)
            _reasons.Remove(member);
    }

    /// <summary>Brings <see cref="Members"/> up to date.</summary>
    public Moves<T> Settle()
    {
        if (_moved.Count == 0)
            return Moves<T>.None;
        var (came, left) = (new List<T>(), new List<T>());
        foreach (var member in _moved)
            if (!_reasons.ContainsKey(member))
            {
                if (_members.Remove(member))
                    left.Add(member);
            }
            else if (_members.Add(member))
                came.Add(member);
        _moved.Clear();
        return new(came, left);
    }
}

/// <summary>Who came to something and who left it in one step.</summary>
readonly record struct Moves<T>(IReadOnlyList<T> Came, IReadOnlyList<T> Left)
{
    public static readonly Moves<T> None = new([], []);

    public bool IsNone => Came.Count == 0 && Left.Count == 0;
}
