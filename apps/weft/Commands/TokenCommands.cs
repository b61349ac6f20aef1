using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Documents;
using Weft.Cli.Output;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Cli.Commands;

/// <summary>Tokens: what hosts join with, and what programs use the API with.</summary>
static class TokenCommands
{
    static readonly string[] Roles = [Token.JoinRole, Token.MemberRole, Token.MonitorRole, Token.AdminRole];

    public static CliCommand Create(CommandContext context) => ResourceCommands.Group(
        Kinds.Token, "Tokens: what hosts join with, and what programs use the API with",
        CreateToken(context),
        ResourceCommands.List(context, Kinds.Token),
        ResourceCommands.Show(context, Kinds.Token),
        ResourceCommands.Delete(context, Kinds.Token));

    static CliCommand CreateToken(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the token, a DNS label; chosen when not given");
        name.Arity = ArgumentArity.ZeroOrOne;
        var role = new Option<string>("--role")
        {
            Description = "What it is good for: join (make a host a node), member (use projects), monitor (read metrics) or admin (everything)",
            HelpName = "ROLE",
            DefaultValueFactory = _ => Token.JoinRole,
        };
        role.CompletionSources.Add(Roles);
        role.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !Roles.Contains(token.Value))
                result.AddError($"--role {token.Value}: must be one of {string.Join(", ", Roles)}");
        });
        var projects = new Option<string[]>("--for-project")
        {
            Description = "Project that a member may use; may be repeated",
            HelpName = "PROJECT",
        }.Completes(context, Kinds.Project);
        var expires = Lifetime();
        var labels = FieldOptions.Labels();
        return new CliCommand("create", "Create a token and print its secret, which is told only once", """
            weft token create
            weft token create host-4 --role join --expires-in 1h
            weft token create pipeline --role member --for-project acme --expires-in 90d
            """)
            .With(name, role, projects, expires, labels)
            .Runs(context, (session, cancel) => CreateAsync(session, new()
            {
                Name = session.Value(
                    name) ?? $"{session.Value(role)}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}",
                Role = session.Value(role)!,
                Projects = session.Value(projects) is { Length: > 0 } given ? given : null,
                ExpiresAt = session.Value(expires) is { } lifetime ? session.Terminal.Time.GetUtcNow() + lifetime
                    : null,
                Labels = ResourceCommands.Labels(session.Value(labels)),
            }, cancel));
    }

    /// <summary>For people and for <c>$(…)</c>: standard output has the secret and nothing else.</summary>
    static async Task CreateAsync(Session session, Token token, CancellationToken cancel)
    {
        var document = (JsonObject)JsonSerializer.SerializeToNode(token, WeftJson.Default.Token)!;
        var created = await session.Server.CreateAsync(Kinds.Token, document.AsNew(), cancel);
        if (session.Format is OutputFormat.Json or OutputFormat.Yaml)
        {
            Printer.Details(session, Kinds.Token, created);
            return;
        }
        session.Out.WriteLine(created.Text("secret"));
        if (session.Terminal.ErrorIsInteractive && token.Role == Token.JoinRole)
            session.Terminal.Error.WriteLine("On the host that joins: weftd agent --server URL --token TOKEN");
    }

    static Option<TimeSpan?> Lifetime() => new("--expires-in")
    {
        Description = "How long it is good for: 30m, 24h, 90d; join tokens 24h and others for ever when not given",
        HelpName = "TIME",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (text.Length > 1
                && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
                && Unit(text[^1]) is { } unit && count <= 36500)
                return count * unit;
            result.AddError($"--expires-in {text}: must be a number and s, m, h or d, such as 24h");
            return null;
        },
    };

    static TimeSpan? Unit(char letter) => letter switch
    {
        's' => TimeSpan.FromSeconds(1),
        'm' => TimeSpan.FromMinutes(1),
        'h' => TimeSpan.FromHours(1),
        'd' => TimeSpan.FromDays(1),
        _ => null,
    };
}
