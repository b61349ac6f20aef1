using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Commits;

namespace Weft.Server.Planning;

static class Nodes
{
    public static Plan Put(Node document, Node? existing, Workbench bench)
    {
        var key = ResourceKey.Of(document);
        var faults = new Faults();
        NodeRules.Check(document, faults);
        if (existing is not null && document.Number != 0 && document.Number != existing.Number)
            faults.Add("number", $"cannot change from {existing.Number} to {document.Number}");
        var conflicts = new Faults();
        var others = bench.Snapshot.All<Node>().Where(node => node.Name != document.Name).ToList();
        if (others.Find(node => node.FabricAddress.Equals(document.FabricAddress)) is { } same)
            conflicts.Add("fabricAddress", $"{document.FabricAddress} belongs to node {same.Name}");
        if (existing is null && document.Number != 0 && others.Exists(node => node.Number == document.Number))
            conflicts.Add("number", $"{document.Number} belongs to another node");
        if (Planner.Refusal(faults, conflicts) is { } refused)
            return new(key, refused);
        var number = existing?.Number ?? document.Number;
        if (number == 0)
        {
            if (bench.NodeNumbers.Next(candidate => others.Exists(node => node.Number == candidate)) is not { } chosen)
                return new(key, new Outcome.Exhausted(new("number", "all node numbers are in use")));
            number = chosen;
        }
        return Workbench.Write(existing, bench.Stamp(document with { Number = number, Key = document.Key ?? existing?.Key, Status = null }, existing), []);
    }
}
