using Weft.Model.Resources;

namespace Weft.Model.Validation;

/// <summary>What a load balancer's document may leave out and everybody means.</summary>
public static class LoadBalancerDefaults
{
    /// <summary>Of the only pool.</summary>
    public const string PoolName = "default";

    /// <summary>
    /// Gives names to listeners and to the only pool, and lets each listener lead to the only pool. What is wrong stays, to
    /// be told.
    /// </summary>
    public static LoadBalancer Complete(LoadBalancer document)
    {
        IReadOnlyList<Pool>? pools = document.Pools switch
        {
            null or { Count: 0 } => null,
            [{ Name: "" } only] => [only with { Name = PoolName }],
            { } several => several,
        };
        return document with
        {
            Pools = pools,
            Listeners = document.Listeners is { Count: > 0 } listeners
                ? [.. listeners.Select(listener => listener is null ? null! : Complete(listener, pools))]
                : null,
        };
    }

    /// <summary><c>tcp-80</c>, <c>udp-8000-8100</c></summary>
    public static string NameOf(Listener listener) => $"{listener.Protocol}-{listener.Ports}";

    static Listener Complete(Listener listener, IReadOnlyList<Pool>? pools) => listener with
    {
        Name = listener.Name.Length > 0 || listener.Protocol.Length == 0 ? listener.Name : NameOf(listener),
        Pool = string.IsNullOrEmpty(listener.Pool) ? pools is [{ } only] ? only.Name : null : listener.Pool,
    };
}
