namespace Weft.Cli.Commands;

/// <summary><c>weft port detach</c>: undoes <c>attach</c> on this host.</summary>
static class DetachCommand
{
    public static CliCommand Create(CommandContext context)
    {
        var names = FieldOptions.Names("Names of the ports").Completes(context, Kinds.Port);
        return new CliCommand("detach", "Detach ports of this host; those that attach made are deleted", """
            weft port detach blue-1
            weft port detach web-1 web-2 --project acme
            """)
            .With(names)
            .Runs(context, async (session, cancel) =>
            {
                var failures = new FailureList();
                foreach (var name in session.Value(names)!)
                    await failures.TryAsync($"port/{name}", () => DetachAsync(session, name, cancel));
                failures.Throw("not detached");
            });
    }

    static async Task DetachAsync(Session session, string name, CancellationToken cancel)
    {
        var path = $"/v1/attachments/{Uri.EscapeDataString(name)}?project={Uri.EscapeDataString(session.Project)}";
        await session.Agent.SendAsync(HttpMethod.Delete, path, null, cancel);
        session.Out.WriteLine($"port/{name} detached");
    }
}
