using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Weft.Bench.Kill;

/// <summary>Opens connections at a fixed rate, whatever becomes of those before: a closed loop would wait for the dead.</summary>
static class Knock
{
    /// <summary>A client's patience with one connection.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    static readonly byte[] Request = "GET / HTTP/1.0\r\n\r\n"u8.ToArray();

    /// <summary>One request over each; writes a line for each: when it began and ended, in ticks of UTC, and what it failed of.</summary>
    public static async Task RunAsync(string address, int port, int rate, double seconds)
    {
        var (target, knocks) = (new IPEndPoint(IPAddress.Parse(address), port), new List<Task<string>>());
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds;)
        {
            for (var due = (int)(clock.Elapsed.TotalSeconds * rate); knocks.Count < due;)
                knocks.Add(OnceAsync(target));
            await Task.Delay(TimeSpan.FromMilliseconds(1), CancellationToken.None);
        }
        foreach (var line in await Task.WhenAll(knocks))
            Console.WriteLine(line);
    }

    static async Task<string> OnceAsync(IPEndPoint target)
    {
        var (start, fault) = (DateTime.UtcNow, "");
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            using var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(target, limit.Token);
            await socket.SendAsync(Request, limit.Token);
            var (answer, length) = (new byte[1024], 0);
            for (int read; length < answer.Length && (read = await socket.ReceiveAsync(answer.AsMemory(length), limit.Token)) > 0; length += read)
            {
            }
            fault = length == 0 ? "empty" : "";
        }
        catch (SocketException failure)
        {
            fault = failure.SocketErrorCode.ToString();
        }
        catch (OperationCanceledException)
        {
            fault = "NoAnswer";
        }
        return string.Create(CultureInfo.InvariantCulture, $"{start.Ticks} {DateTime.UtcNow.Ticks} {fault}");
    }
}

/// <summary>What became of the connections of one load.</summary>
sealed record Knocks(IReadOnlyList<(DateTime Start, DateTime End, string Fault)> All)
{
    public static Knocks Parse(string output) => new([.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
    {
        var words = line.Split(' ');
        return (
            new DateTime(long.Parse(words[0], CultureInfo.InvariantCulture), DateTimeKind.Utc),
            new DateTime(long.Parse(words[1], CultureInfo.InvariantCulture), DateTimeKind.Utc), words[2]);
    })]);

    public double Rate => All.Count / (All[^1].Start - All[0].Start).TotalSeconds;

    public IEnumerable<(DateTime Start, DateTime End, string Fault)> Failed => All.Where(knock => knock.Fault.Length > 0);

    /// <summary>Between two answers, or between the first or last one and the ends of the load.</summary>
    public TimeSpan LongestGap
    {
        get
        {
            var (longest, before) = (TimeSpan.Zero, All[0].Start);
            foreach (var answered in All.Where(knock => knock.Fault.Length == 0).Select(knock => knock.End).Order().Append(All[^1].Start))
            {
                if (answered - before > longest)
                    longest = answered - before;
                before = answered;
            }
            return longest;
        }
    }
}
