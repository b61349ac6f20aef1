namespace Weft.Cli.Commands;

static class NodeCommands
{
    public static CliCommand Create(CommandContext context) => ResourceCommands.Group(
        Kinds.Node, "Nodes: hosts with the agent; they are made by joining",
        ResourceCommands.List(context, Kinds.Node),
        ResourceCommands.Show(context, Kinds.Node),
        Update(context),
        ResourceCommands.Delete(context, Kinds.Node));

    static CliCommand Update(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the node").Completes(context, Kinds.Node);
        var labels = FieldOptions.Labels();
        var removed = FieldOptions.RemovedLabels();
        return new CliCommand("update", "Change a node's labels", "weft node update host-1 --label rack=a3")
            .With(name, labels, removed)
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(
                    session, Kinds.Node, session.Value(name)!,
                    document => ResourceCommands.ChangeLabels(document, session.Value(labels), session.Value(removed)),
                        cancel));
    }
}
