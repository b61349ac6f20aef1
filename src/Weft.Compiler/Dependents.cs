using System.Runtime.InteropServices;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>Whose records were made of what, whether or not it exists: what has to be looked at when that changes.</summary>
sealed class Dependents
{
    readonly Dictionary<ResourceKey, HashSet<ResourceKey>> _users = [];
    readonly Dictionary<ResourceKey, IReadOnlyCollection<ResourceKey>> _named = [];

    public IReadOnlyCollection<ResourceKey> Of(ResourceKey key) => _users.TryGetValue(key, out var users) ? users : [];

    /// <summary>What <paramref name="user"/> is made of from now on; nothing: it is no more.</summary>
    public void Set(ResourceKey user, IReadOnlyCollection<ResourceKey> named)
    {
        foreach (var key in _named.GetValueOrDefault(user, []))
            if (_users.TryGetValue(key, out var users) && users.Remove(user) && users.Count == 0)
                _users.Remove(key);
        foreach (var key in named)
            (CollectionsMarshal.GetValueRefOrAddDefault(_users, key, out _) ??= []).Add(user);
        if (named.Count == 0)
            _named.Remove(user);
        else
            _named[user] = named;
    }
}
