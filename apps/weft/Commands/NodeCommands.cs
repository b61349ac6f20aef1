namespace Weft.Cli.Commands;

static class NodeCommands
{
    public static CliCommand Create(CommandContext context) => ResourceCommands.Group(
        Kinds.Node, "Nodes: hosts with the agent; they are made by joining",
        ResourceCommands.List(context, Kinds.Node),
        ResourceCommands.Show(context, Kinds.Node),
        Delete(context));

    static CliCommand Delete(CommandContext context)
    {
        var names = FieldOptions.Names("Names of nodes that are gone for good").Completes(context, Kinds.Node);
        var force = FieldOptions.Flag("--force", "Delete their ports too");
        var delete = new CliCommand("delete", "Delete nodes that are gone for good", """
            weft node delete host-3
            weft node delete host-3 --force
            """).With(names, force);
        delete.Aliases.Add("rm");
        return delete.Runs(context, (session, cancel) =>
            ResourceCommands.DeleteAsync(
                session, Kinds.Node, session.Value(names)!, cancel, session.Value(force) ? "force=true" : ""));
    }
}
