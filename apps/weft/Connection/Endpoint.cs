using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

namespace Weft.Cli.Connection;

/// <summary>Where an API answers: a Unix socket, or an HTTP address.</summary>
/// <param name="SocketPath">Null: <paramref name="Address"/> over TCP.</param>
sealed record Endpoint(Uri Address, string? SocketPath)
{
    public const string DefaultServer = "/run/weft/weft.sock";
    public const string DefaultAgent = "/run/weft/agent.sock";
    const string SocketScheme = "unix://";

    public override string ToString() => SocketPath ?? Address.GetLeftPart(UriPartial.Authority);

    public static Endpoint Socket(string path) => new(new("http://localhost/"), path);

    /// <summary>Reads <c>/path</c>, <c>unix:///path</c>, <c>http://host:port</c> or <c>https://host:port</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Endpoint? endpoint)
    {
        endpoint = null;
        var path = text.StartsWith(SocketScheme, StringComparison.Ordinal) ? text[SocketScheme.Length..] : text;
        if (path.StartsWith('/') && path.Length > 1)
            endpoint = Socket(path);
        else if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            && uri.Host.Length > 0)
            endpoint = new(new(uri.GetLeftPart(UriPartial.Authority)), null);
        return endpoint is not null;
    }

    /// <summary>For people; that of a missing socket is about addresses when the system says it.</summary>
    public string Cause(Exception cause) =>
        SocketPath is not null && !File.Exists(SocketPath) ? "there is no such socket"
            : cause.GetBaseException().Message;

    /// <summary>What is likely when nothing answers there.</summary>
    public string WhenUnreachable(Exception cause) => cause.GetBaseException() switch
    {
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            "the socket belongs to root: run as root, or name a server with --server and a token",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain } =>
            "the host's name does not resolve",
        _ => SocketPath is null ? "check the address, that the server runs, and that no firewall is between"
            : NotRunning,
    };

    const string NotRunning =
        "is weftd running here? start it with 'weftd up', or name a server with --server or WEFT_SERVER";
}
