using System.Globalization;
using System.Text.RegularExpressions;

namespace Weft.Kernel.Tests;

/// <summary>Echo requests that must all be answered, however late.</summary>
/// <remarks>
/// ping's own count of losses will not do on a busy machine: for the last answers it waits as long as the slowest one
/// before took, twice. With a deadline it goes on until so many are answered; then a lost one shows as a gap.
/// </remarks>
sealed partial class Pings : IDisposable
{
    const int Deadline = 60;
    readonly int _count;
    readonly Command _ping;

    Pings(TestNamespace from, string address, int count, string[] options)
    {
        _count = count;
        _ping = Command.Start(from, "ping", [$"-c{count}", $"-w{Deadline}", .. options, address]);
    }

    internal static Pings Start(TestNamespace from, string address, int count, params string[] options) =>
        new(from, address, count, options);

    internal void AssertNoneLost()
    {
        var output = _ping.Finish(TimeSpan.FromSeconds(Deadline + 10)).Output;
        var answered = Answer().Matches(output).Select(match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        Assert.Empty(Enumerable.Range(1, _count).Except(answered));
    }

    public void Dispose() => _ping.Dispose();

    [GeneratedRegex("bytes from .* icmp_seq=([0-9]+)")]
    private static partial Regex Answer();
}
