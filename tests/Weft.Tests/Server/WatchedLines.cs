using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Weft.Tests.Server;

/// <summary>The lines of a watch as they come in.</summary>
sealed class WatchedLines
{
    readonly Channel<JsonNode> incoming = Channel.CreateUnbounded<JsonNode>();
    readonly List<JsonNode> lines = [];

    public WatchedLines(HttpClient client, string path, int most) => _ = ReadAsync(client, path, most);

    /// <summary>The first lines, when there are as many; up to a deadline.</summary>
    public async Task<IReadOnlyList<JsonNode>> WaitForAsync(int count)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        while (lines.Count < count)
            lines.Add(await incoming.Reader.ReadAsync(deadline.Token));
        return lines;
    }

    async Task ReadAsync(HttpClient client, string path, int most)
    {
        try
        {
            using var stream = await client.GetStreamAsync(path, TestContext.Current.CancellationToken);
            using var reader = new StreamReader(stream);
            for (var i = 0; i < most && await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line; i++)
                incoming.Writer.TryWrite(JsonNode.Parse(line)!);
        }
        catch (Exception e)
        {
            incoming.Writer.TryComplete(e);
        }
    }
}

static class WatchedLinesExtensions
{
    public static WatchedLines Watch(this TestServer server, string path, int most) => new(server.Root, path, most);
}
