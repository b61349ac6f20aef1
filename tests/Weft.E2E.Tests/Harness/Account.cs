namespace Weft.E2E.Tests.Harness;

/// <summary>One container's interface against what its node has on record of it, from one moment on.</summary>
sealed class Account
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly TestHost _asked;
    readonly TestHost _host;
    readonly string _container;
    readonly Carried _carried;
    readonly Carried _recorded;
    readonly (long Packets, long Bytes) _lost;

    Account(TestHost asked, TestHost host, string container, Carried carried, Carried recorded, (long Packets, long Bytes) lost)
    {
        (_asked, _host, _container) = (asked, host, container);
        (_carried, _recorded, _lost) = (carried, recorded, lost);
    }

    /// <summary>To be asked for when nothing moves.</summary>
    internal static async Task<Account> OpenAsync(Site site, TestHost host, string container) => new(
        site.First, host, container, await Carried.OfAsync(host, container), await Carried.OnRecordAsync(site.First, host, container),
        await site.First.LostAsync(host.Name));

    /// <summary>Waits until everything that the interface has carried is on record, or counted as lost.</summary>
    internal async Task BalanceAsync()
    {
        var says = "";
        await Shell.EventuallyAsync($"a record of all that {_container} carried", async () =>
        {
            var carried = await Carried.OfAsync(_host, _container) - _carried;
            var recorded = await Carried.OnRecordAsync(_asked, _host, _container) - _recorded;
            var lost = await _asked.LostAsync(_host.Name);
            lost = (lost.Packets - _lost.Packets, lost.Bytes - _lost.Bytes);
            says = $"{_container}: interface {carried}, on record {recorded}, missing {carried - recorded}, lost {lost}";
            return Balances(carried - recorded, lost);
        }, Patience, async () => says + "\n" + (await _asked.TryAsync("weft", "flows", "status")).Output);
        TestContext.Current.TestOutputHelper?.WriteLine(says);
    }

    /// <summary>Losses are known of both ways together.</summary>
    static bool Balances(Carried missing, (long Packets, long Bytes) lost) =>
        missing is { SentPackets: >= 0, SentBytes: >= 0, ReceivedPackets: >= 0, ReceivedBytes: >= 0 }
        && (missing.Packets, missing.Bytes) == lost;
}
