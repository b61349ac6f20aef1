using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Globalization;
using Weft.Cli.Connection;
using Weft.Cli.Output;
using Weft.Model.Resources;

namespace Weft.Cli.Commands;

/// <summary>Options that every command takes, and what they are without being given.</summary>
sealed class GlobalOptions
{
    public const string Environment = """
        Environment:
          WEFT_SERVER         what --server is when not given
          WEFT_TOKEN          what --token is when not given; better than an option, which others see in 'ps'
          WEFT_CA_FILE        what --ca-file is when not given
          WEFT_CA_FINGERPRINT what --ca-fingerprint is when not given
          WEFT_AGENT_SOCKET   what --agent-socket is when not given
          WEFT_PROJECT        what --project is when not given
          NO_COLOR            no colours, also on a terminal
        """;

    public Option<string> Server { get; } = new("--server")
    {
        Description = $"Server to talk to: a socket's path or a URL [default: {Endpoint.DefaultServer}]",
        HelpName = "URL",
    };

    public Option<string> Token { get; } = new("--token")
    {
        Description = "Token for a server that is named by URL",
        HelpName = "TOKEN",
    };

    public Option<string> CaFile { get; } = new("--ca-file")
    {
        Description = "PEM file of the CA that an https server must have its certificate from",
        HelpName = "FILE",
    };

    public Option<string> CaFingerprint { get; } = new("--ca-fingerprint")
    {
        Description = "SHA-256 of that CA's certificate, instead of the file",
        HelpName = "HEX",
    };

    public Option<string> AgentSocket { get; } = new("--agent-socket")
    {
        Description = $"Socket of this host's agent [default: {Endpoint.DefaultAgent}]",
        HelpName = "PATH",
    };

    public Option<string> Project { get; } = new("--project", "-p")
    {
        Description = $"Project of what the command is about [default: {ProjectResource.DefaultProject}]",
        HelpName = "PROJECT",
    };

    public Option<string> Output { get; } = new("--output", "-o")
    {
        Description = "How to print: table, wide, json, yaml or name; of flows also csv, ndjson or arrow [default: table]",
        HelpName = "FORMAT",
    };

    public Option<double> Timeout { get; } = new("--timeout")
    {
        Description = "Seconds to wait for an answer",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 30,
    };

    public GlobalOptions()
    {
        Output.CompletionSources.Add(completion =>
            FormatsOf(completion.ParseResult.CommandResult).Select(format => new CompletionItem(format.Word())));
        Output.Validators.Add(result =>
        {
            var formats = FormatsOf(result.Parent);
            if (result.Tokens is [var token] && !formats.Any(format => format.Word().Equals(token.Value, StringComparison.OrdinalIgnoreCase)))
                result.AddError($"--output {token.Value}: must be one of {formats.Words()}");
        });
        Timeout.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(double.TryParse(token.Value, CultureInfo.InvariantCulture, out var seconds)
                    && seconds is > 0 and <= 86400))
                result.AddError($"--timeout {token.Value}: must be seconds, more than 0 and at most 86400");
        });
    }

    static IReadOnlyList<OutputFormat> FormatsOf(SymbolResult? place) =>
        place is CommandResult { Command: CliCommand command } ? command.Formats : OutputFormats.OfResources;

    public void AddTo(Command root)
    {
        Option[] all = [Server, Token, CaFile, CaFingerprint, AgentSocket, Project, Output, Timeout];
        foreach (var option in all)
        {
            option.Recursive = true;
            root.Options.Add(option);
        }
    }
}
