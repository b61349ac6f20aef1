namespace Weft.E2E.Tests.Harness;

/// <summary>One container's interface against what its node has on record of it, from one moment on.</summary>
sealed class Account
{
    readonly TestHost _asked;
    readonly TestHost _host;
    readonly string _container;
    readonly Carried _carried;
    readonly Carried _recorded;
    readonly Lost _lost;

    Account(TestHost asked, TestHost host, string container, Carried carried, Carried recorded, Lost lost)
    {
        (_asked, _host, _container) = (asked, host, container);
        (_carried, _recorded, _lost) = (carried, recorded, lost);
    }

    /// <summary>To be asked for when nothing moves.</summary>
    internal static async Task<Account> OpenAsync(Site site, TestHost host, string container) => new(
        site.First, host, container, await Carried.OfAsync(host, container),
        await Carried.OnRecordAsync(site.First, host, container), await site.First.LostAsync(host.Name));

    /// <summary>Waits until everything that the interface has carried is on record or counted as lost.</summary>
    /// <returns>What was lost.</returns>
    internal async Task<Lost> BalanceAsync()
    {
        var (says, lost) = ("", default(Lost));
        await Shell.EventuallyAsync($"a record of all that {_container} carried", async () =>
        {
            var carried = await Carried.OfAsync(_host, _container) - _carried;
            var recorded = await Carried.OnRecordAsync(_asked, _host, _container) - _recorded;
            lost = await _asked.LostAsync(_host.Name) - _lost;
            says = $"{_container}: interface {carried}, on record {recorded}, missing {carried - recorded}, {lost}";
            return Balances(carried - recorded, lost);
        }, why: async () => says + "\n" + (await _asked.TryAsync("weft", "flows", "status")).Output);
        TestContext.Current.TestOutputHelper?.WriteLine(says);
        return lost;
    }

    /// <summary>Losses are known of both ways together.</summary>
    static bool Balances(Carried missing, Lost lost) =>
        missing is { SentPackets: >= 0, SentBytes: >= 0, ReceivedPackets: >= 0, ReceivedBytes: >= 0 }
        && (missing.Packets, missing.Bytes) == (lost.Packets, lost.Bytes);
}
