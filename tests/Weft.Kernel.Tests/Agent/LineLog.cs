using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Weft.Kernel.Tests.Agent;

/// <summary>Keeps what is told to a log, line by line.</summary>
sealed class LineLog : ILoggerFactory, ILogger
{
    readonly ConcurrentQueue<string> _lines = new();

    internal IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue(formatter(state, exception));

    public void Dispose()
    {
    }
}
