namespace Weft.Daemon.Startup;

/// <summary>Why the daemon does not start: told in words, without a stack trace.</summary>
sealed class StartupException(string message, IReadOnlyList<string>? details = null) : Exception(message)
{
    public IReadOnlyList<string> Details { get; } = details ?? [];

    /// <summary>
    /// What people do wrong, or their hosts, as opposed to faults of the program; null for the latter.
    /// </summary>
    public static StartupException? From(Exception failure) => failure switch
    {
        StartupException known => known,
        AggregateException { InnerExceptions: [var only] } => From(only),
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } or
        Microsoft.AspNetCore.Connections.AddressInUseException =>
            new($"{failure.Message.TrimEnd('.')}: another program listens there; choose another with --listen"),
        System.Net.Sockets.SocketException { SocketErrorCode: System.Net.Sockets.SocketError.AddressNotAvailable } =>
            new("the address of --listen is not one of this host"),
        UnauthorizedAccessException =>
            new($"{failure.Message} Run as root, or choose other folders with --data and --run."),
        _ => null,
    };
}
