using System.Buffers;
using Weft.Model.Resources;

namespace Weft.Model.Validation;

/// <summary>What can be said about the health monitor of a pool.</summary>
static class HealthMonitorRules
{
    public const int ShortestInterval = 100;
    public const int LongestInterval = 600_000;
    const int MostAnswers = 100;
    const int MostCodeRanges = 64;
    const int LongestPath = 2048;

    static readonly string[] Types = [HealthMonitor.Tcp, HealthMonitor.Http, HealthMonitor.Udp, HealthMonitor.Ping];

    /// <summary>Of a token, RFC 9110 section 5.6.2.</summary>
    static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~");

    public static void Check(Pool pool, LoadBalancer balancer, string path, Faults faults)
    {
        if (pool.HealthMonitor is not { } monitor)
            return;
        if (!Types.Contains(monitor.Type))
            faults.Add($"{path}.type", monitor.Type.Length == 0
                ? $"is required: {string.Join(", ", Types)}"
                : $"'{NameRules.Shown(monitor.Type)}' is no way to ask: {string.Join(", ", Types)}");
        CheckTimes(monitor, path, faults);
        CheckHttp(monitor, path, faults);
        CheckPort(pool, monitor, balancer, path, faults);
    }

    static void CheckTimes(HealthMonitor monitor, string path, Faults faults)
    {
        var interval = monitor.IntervalMilliseconds == 0 ? HealthMonitor.DefaultInterval : monitor.IntervalMilliseconds;
        if (interval is < ShortestInterval or > LongestInterval)
            faults.Add($"{path}.intervalMilliseconds",
                $"is {interval}; from {ShortestInterval} to {LongestInterval} are allowed, or 0 for {HealthMonitor.DefaultInterval}");
        if (monitor.TimeoutMilliseconds < 0 || monitor.TimeoutMilliseconds > Math.Max(interval, ShortestInterval))
            faults.Add($"{path}.timeoutMilliseconds",
                $"is {monitor.TimeoutMilliseconds}; up to the interval ({interval}) is allowed, or 0 for all of it");
        if (monitor.Rise is < 0 or > MostAnswers)
            faults.Add($"{path}.rise", $"is {monitor.Rise}; from 1 to {MostAnswers} are allowed, or 0 for 1");
        if (monitor.Fall is < 0 or > MostAnswers)
            faults.Add($"{path}.fall", $"is {monitor.Fall}; from 1 to {MostAnswers} are allowed, or 0 for 1");
    }

    static void CheckHttp(HealthMonitor monitor, string path, Faults faults)
    {
        var given = new (string Name, bool IsGiven)[]
        {
            ("method", monitor.Method is not null), ("path", monitor.Path is not null),
            ("host", monitor.Host is not null), ("codes", monitor.Codes is not null),
        };
        if (monitor.Type != HealthMonitor.Http && Types.Contains(monitor.Type))
            foreach (var (name, _) in given.Where(field => field.IsGiven))
                faults.Add($"{path}.{name}", $"is for http; this one is {monitor.Type}");
        if (monitor.Method is { } method && (method.Length is 0 or > 32 || method.AsSpan().ContainsAnyExcept(TokenCharacters)))
            faults.Add($"{path}.method", $"'{NameRules.Shown(method)}' is no method such as GET or HEAD");
        if (monitor.Path is { } target && (!target.StartsWith('/') || target.Length > LongestPath || !IsVisible(target)))
            faults.Add($"{path}.path", $"'{NameRules.Shown(target)}' is no path such as /healthz");
        if (monitor.Host is { } host && (host.Length is 0 or > NameRules.LongestName || !IsVisible(host)))
            faults.Add($"{path}.host", $"'{NameRules.Shown(host)}' is no host name");
        CheckCodes(monitor.Codes, $"{path}.codes", faults);
    }

    static void CheckCodes(IReadOnlyList<PortRange>? codes, string path, Faults faults)
    {
        if (codes is null)
            return;
        if (codes.Count is 0 or > MostCodeRanges)
            faults.Add(path, codes.Count == 0 ? "is empty; leave it out for 200-299" : $"are {codes.Count}; at most {MostCodeRanges} are allowed");
        for (var i = 0; i < codes.Count; i++)
            if (codes[i].First < 100 || codes[i].Last > 599 || codes[i].First > codes[i].Last)
                faults.Add($"{path}[{i}]", $"{codes[i]} is no code from 100 to 599, or range of them");
    }

    /// <summary>Which port is asked must be plain.</summary>
    static void CheckPort(Pool pool, HealthMonitor monitor, LoadBalancer balancer, string path, Faults faults)
    {
        if (monitor.Type == HealthMonitor.Ping)
        {
            if (monitor.Port != 0)
                faults.Add($"{path}.port", "is not for ping");
            return;
        }
        var hasOwn = pool.MemberPort != 0
            || pool.Selector is null && (pool.Members ?? []).All(member => member is null || member.TargetPort != 0);
        if (monitor.Port != 0 || hasOwn)
            return;
        var ports = (balancer.Listeners ?? []).Where(listener => listener is not null && listener.Pool == pool.Name)
            .Select(listener => listener.Ports).Distinct().ToList();
        if (ports.Count > 1 || ports.Any(range => range.First != range.Last))
            faults.Add($"{path}.port", "is required: members without a port of their own serve at several ports of listeners");
    }

    /// <summary>Nothing that would end a line of a request, and no blanks.</summary>
    static bool IsVisible(string text) => text.All(c => c is > ' ' and < '\x7f');
}
