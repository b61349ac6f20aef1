using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Server.Ipam;

/// <summary>
/// The subnet of a network that was made without any: the first piece of the configured prefix that
/// overlaps no network of the same project. Other projects may use the same one.
/// </summary>
sealed class DefaultSubnets(IPNetwork whole, int pieceLength)
{
    readonly Dictionary<string, UsedPrefixes> projects = new(StringComparer.Ordinal);

    /// <returns>Null when all pieces are in use.</returns>
    public Subnet? Choose(string project, Snapshot snapshot)
    {
        if (!projects.TryGetValue(project, out var used))
        {
            projects[project] = used = new(whole, pieceLength);
            foreach (var network in snapshot.InProject<Network>(project))
                used.Add(network);
        }
        return used.FirstFree() is { } prefix ? new() { Prefix = prefix } : null;
    }

    public void Follow(IEnumerable<Change> changes)
    {
        foreach (var change in changes)
        {
            if (change.Key.Kind != Network.KindName || !projects.TryGetValue(change.Key.Project, out var used))
                continue;
            if (change.Before is Network before)
                used.Remove(before);
            if (change.After is Network after)
                used.Add(after);
        }
    }

    public void Forget() => projects.Clear();
}
