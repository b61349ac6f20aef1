using System.CommandLine;
using Weft.Cli.Connection;
using Weft.Cli.Flows;
using Weft.Cli.Output;
using Weft.Model.Resources;

namespace Weft.Cli.Commands;

/// <summary>
/// One run of one command: its options, with the environment where they were not given, and its connections.
/// </summary>
sealed class Session(ParseResult parsed, GlobalOptions options, Terminal terminal) : IDisposable
{
    Http? server;
    Http? agent;

    public Terminal Terminal => terminal;

    public TextWriter Out => terminal.Out;

    /// <summary>As given by option or environment, else null.</summary>
    public string? GivenProject => Text(options.Project, "WEFT_PROJECT");

    public string Project => GivenProject ?? ProjectResource.DefaultProject;

    public OutputFormat Format =>
        Enum.TryParse<OutputFormat>(parsed.GetValue(options.Output), ignoreCase: true, out var format) ? format
            : OutputFormat.Table;

    /// <summary>For programs: nothing but documents may be printed.</summary>
    public bool IsForPrograms => Format is not (OutputFormat.Table or OutputFormat.Wide);

    /// <summary>The option may stand before the command, which then could not have a say.</summary>
    public void CheckFormat()
    {
        if (parsed.CommandResult.Command is CliCommand command && !command.Formats.Contains(Format))
            throw CliException.Usage($"--output {Format.Word()}: must be one of {command.Formats.Words()}");
    }

    public ServerClient Server => new(ServerHttp);

    public FlowClient Flows => new(ServerHttp);

    Http ServerHttp => server ??= ConnectServer();

    public Http Agent => agent ??= ConnectAgent();

    public T? Value<T>(Option<T> option) => parsed.GetValue(option);

    public T? Value<T>(Argument<T> argument) => parsed.GetValue(argument);

    public bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };

    public void Dispose()
    {
        server?.Dispose();
        agent?.Dispose();
    }

    Http ConnectServer()
    {
        var text = Text(options.Server, "WEFT_SERVER") ?? Endpoint.DefaultServer;
        if (!Endpoint.TryParse(text, out var endpoint))
            throw CliException.Usage($"--server {text}: must be a socket's path or a URL",
                "such as https://10.0.0.1:8473");
        var trust = endpoint.Address.Scheme == Uri.UriSchemeHttps
            ? new ServerTrust(Text(options.CaFile, "WEFT_CA_FILE"), Text(options.CaFingerprint, "WEFT_CA_FINGERPRINT"))
            : null;
        return new("server", endpoint, Text(options.Token, "WEFT_TOKEN"), trust, Timeout);
    }

    Http ConnectAgent()
    {
        var text = Text(options.AgentSocket, "WEFT_AGENT_SOCKET") ?? Endpoint.DefaultAgent;
        if (!Endpoint.TryParse(text, out var endpoint) || endpoint.SocketPath is null)
            throw CliException.Usage($"--agent-socket {text}: must be the path of a socket",
                "such as /run/weft/agent.sock");
        return new("agent", endpoint, null, null, Timeout);
    }

    TimeSpan Timeout => TimeSpan.FromSeconds(parsed.GetValue(options.Timeout));

    string? Text(Option<string> option, string variable) =>
        parsed.GetValue(option) is { Length: > 0 } given ? given
        : terminal.Environment(variable) is { Length: > 0 } set ? set
        : null;
}
