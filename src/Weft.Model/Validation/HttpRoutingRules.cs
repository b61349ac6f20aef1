using System.Globalization;
using Weft.Model.Resources;

namespace Weft.Model.Validation;

/// <summary>What can be said about HTTP listeners and their pools from the load balancer's own document.</summary>
public static class HttpRoutingRules
{
    public const int MostRoutes = 256;
    public const int MostCertificates = 64;
    public const int LongestTimeoutSeconds = 24 * 3600;
    const int MostMatches = 32;
    const int LongestText = 4096;
    const int LongestBody = 64 * 1024;

    static readonly string[] PoolProtocols = [HttpPool.Http, HttpPool.Https, HttpPool.H2c, HttpPool.H2];
    static readonly int[] Redirects = [0, 301, 302, 303, 307, 308];

    /// <summary>Headers that the proxy makes itself: to change them would break the message.</summary>
    static readonly string[] Own = ["connection", "transfer-encoding", "content-length", "upgrade", "te", "trailer", "keep-alive"];

    public static void Check(Listener listener, LoadBalancer balancer, string path, Faults faults)
    {
        if (!listener.IsHttp())
        {
            if (listener.Http is not null)
                faults.Add($"{path}.http", $"is for http and https listeners, not for {NameRules.Shown(listener.Protocol)}");
            return;
        }
        if (listener.Ports.First != listener.Ports.Last)
            faults.Add($"{path}.ports", $"{listener.Ports}: an {listener.Protocol} listener has one port");
        var http = listener.Http ?? new();
        CheckCertificates(listener, http, $"{path}.http", faults);
        CheckTimeout(http.RequestTimeoutSeconds, $"{path}.http.requestTimeoutSeconds", faults);
        CheckTimeout(http.IdleTimeoutSeconds, $"{path}.http.idleTimeoutSeconds", faults);
        var routes = http.Routes ?? [];
        if (routes.Count > MostRoutes)
            faults.Add($"{path}.http.routes", $"are {routes.Count}; at most {MostRoutes} are allowed");
        for (var i = 0; i < Math.Min(routes.Count, MostRoutes); i++)
            Check(routes[i], balancer, $"{path}.http.routes[{i}]", faults);
        foreach (var pool in PoolsOf(listener, balancer).Where(pool => pool.AffinitySeconds > 0))
            faults.Add($"{path}.pool",
                $"pool {NameRules.Shown(pool.Name)} has affinitySeconds, which {listener.Protocol} listeners do not know: use http.cookie or source-hash");
    }

    public static void Check(Pool pool, string path, Faults faults)
    {
        if (pool.Http is not { } http)
            return;
        if (http.Protocol is { } protocol && !PoolProtocols.Contains(protocol))
            faults.Add($"{path}.http.protocol", $"'{NameRules.Shown(protocol)}' is no protocol of members: {string.Join(", ", PoolProtocols)}");
        if (http.Cookie is { } cookie)
        {
            if (cookie.Name is { } name && !IsToken(name))
                faults.Add($"{path}.http.cookie.name", $"'{NameRules.Shown(name)}' is no name of a cookie");
            CheckTimeout(cookie.MaxAgeSeconds, $"{path}.http.cookie.maxAgeSeconds", faults, 365 * LongestTimeoutSeconds);
        }
        CheckTls(http, $"{path}.http.tls", faults);
    }

    static void CheckTls(HttpPool http, string path, Faults faults)
    {
        var encrypted = http.Protocol is HttpPool.Https or HttpPool.H2;
        if (http.Tls is not null && !encrypted)
            faults.Add(path, $"is for members that speak {HttpPool.Https} or {HttpPool.H2}");
        var tls = http.Tls ?? new();
        if (encrypted && tls is { Verify: not false, Ca: null, ServerName: null })
            faults.Add(path, "give ca, a certificate that members' must lead to, or serverName, or say verify: false");
        if (tls.ServerName is { } name && !NameRules.IsAlias(name))
            faults.Add($"{path}.serverName", $"'{NameRules.Shown(name)}' is not a DNS name");
        if (tls.Ca is { } ca && !CertificatePem.AreCertificates(ca))
            faults.Add($"{path}.ca", "has no certificate, or one that is none: it must be PEM, with -----BEGIN CERTIFICATE-----");
    }

    static IEnumerable<Pool> PoolsOf(Listener listener, LoadBalancer balancer)
    {
        var names = (listener.Http?.Routes ?? []).Select(route => route?.Pool).Append(listener.Pool).ToHashSet();
        return (balancer.Pools ?? []).Where(pool => pool is not null && names.Contains(pool.Name));
    }

    static void CheckCertificates(Listener listener, HttpHandling http, string path, Faults faults)
    {
        var (names, files) = (http.Certificates ?? [], http.CertificateFiles ?? []);
        if (listener.Protocol == Listener.HttpProtocol && names.Count + files.Count > 0)
            faults.Add($"{path}.certificates", "are for https listeners");
        if (listener.Protocol == Listener.HttpsProtocol && names.Count + files.Count == 0)
            faults.Add($"{path}.certificates", "is required: names of certificates of the project, or certificateFiles");
        if (names.Count + files.Count > MostCertificates)
            faults.Add($"{path}.certificates", $"are {names.Count + files.Count}; at most {MostCertificates} are allowed");
        for (var i = 0; i < Math.Min(names.Count, MostCertificates); i++)
            NameRules.CheckName(names[i], faults, $"{path}.certificates[{i}]");
        for (var i = 0; i < Math.Min(files.Count, MostCertificates); i++)
        {
            CheckFile(files[i]?.Chain, $"{path}.certificateFiles[{i}].chain", faults);
            CheckFile(files[i]?.Key, $"{path}.certificateFiles[{i}].key", faults);
        }
    }

    static void CheckFile(string? file, string path, Faults faults)
    {
        if (string.IsNullOrEmpty(file))
            faults.Add(path, "is required: a path on the load balancer's node");
        else if (file[0] != '/' || file.Length > LongestText || file.Any(char.IsControl))
            faults.Add(path, $"'{NameRules.Shown(file)}' is not an absolute path");
    }

    static void Check(HttpRoute? route, LoadBalancer balancer, string path, Faults faults)
    {
        if (route is null)
        {
            faults.Add(path, "is null");
            return;
        }
        CheckTarget(route, balancer, path, faults);
        CheckMatch(route.Match ?? new(), $"{path}.match", faults);
        CheckTimeout(route.RequestTimeoutSeconds, $"{path}.requestTimeoutSeconds", faults);
        CheckHeaders(route.RequestHeaders, $"{path}.requestHeaders", faults);
        CheckHeaders(route.ResponseHeaders, $"{path}.responseHeaders", faults);
        CheckPath(route.ReplacePrefix, $"{path}.replacePrefix", faults);
        if (route.ReplacePrefix is not null && route.Match?.PathPrefix is null)
            faults.Add($"{path}.replacePrefix", "needs match.pathPrefix: there is no prefix to replace");
        if (route.Pool is null && (route.ReplacePrefix is not null || route.RequestHeaders is not null))
            faults.Add(path, "replacePrefix and requestHeaders are for requests to a pool");
    }

    static void CheckTarget(HttpRoute route, LoadBalancer balancer, string path, Faults faults)
    {
        object?[] targets = [route.Pool, route.Redirect, route.Respond];
        if (targets.Count(target => target is not null) != 1)
            faults.Add(path, "needs one of pool, redirect and respond");
        if (route.Pool is { } pool && (balancer.Pools ?? []).All(known => known?.Name != pool))
            faults.Add($"{path}.pool", $"there is no pool '{NameRules.Shown(pool)}' here");
        if (route.Redirect is { } redirect)
            Check(redirect, $"{path}.redirect", faults);
        if (route.Respond is { } answer)
        {
            if (answer.Status is < 200 or > 599)
                faults.Add($"{path}.respond.status", $"{answer.Status} is no status of an answer; from 200 to 599 are");
            if (answer.Body?.Length > LongestBody)
                faults.Add($"{path}.respond.body", $"is longer than {LongestBody} characters");
            CheckValue(answer.ContentType, $"{path}.respond.contentType", faults);
        }
    }

    static void Check(HttpRedirect redirect, string path, Faults faults)
    {
        if (!Redirects.Contains(redirect.Status))
            faults.Add($"{path}.status", $"{redirect.Status} is no redirect: {string.Join(", ", Redirects.Skip(1))}");
        if (redirect.Scheme is not (null or "http" or "https"))
            faults.Add($"{path}.scheme", $"'{NameRules.Shown(redirect.Scheme)}' is not http or https");
        if (redirect.Host is { } host && !NameRules.IsAlias(host))
            faults.Add($"{path}.host", $"'{NameRules.Shown(host)}' is not a DNS name");
        if (redirect is { Scheme: null, Host: null, Port: 0, Path: null })
            faults.Add(path, "leads back to where it comes from: give scheme, host, port or path");
        if (redirect.Path is { } target && (target.Length is 0 or > LongestText || target.Any(char.IsControl) || target[0] is not ('/' or '{')))
            faults.Add($"{path}.path", $"'{NameRules.Shown(target)}' is not a path; it may contain {{path}} or {{rest}}");
    }

    static void CheckMatch(HttpMatch match, string path, Faults faults)
    {
        CheckPath(match.Path, $"{path}.path", faults);
        CheckPath(match.PathPrefix, $"{path}.pathPrefix", faults);
        CheckList(match.Hosts, IsHost, "is not a DNS name, nor *. before one", $"{path}.hosts", faults);
        CheckList(match.Methods, IsToken, "is no method", $"{path}.methods", faults);
        var headers = match.Headers ?? [];
        if (headers.Count > MostMatches)
            faults.Add($"{path}.headers", $"are {headers.Count}; at most {MostMatches} are allowed");
        for (var i = 0; i < Math.Min(headers.Count, MostMatches); i++)
        {
            if (!IsToken(headers[i]?.Name ?? ""))
                faults.Add($"{path}.headers[{i}].name", $"'{NameRules.Shown(headers[i]?.Name ?? "")}' is no name of a header");
            CheckValue(headers[i]?.Value, $"{path}.headers[{i}].value", faults);
        }
    }

    static void CheckList(IReadOnlyList<string>? texts, Func<string, bool> isGood, string fault, string path, Faults faults)
    {
        if (texts is null)
            return;
        if (texts.Count is 0 or > MostMatches)
            faults.Add(path, texts.Count == 0 ? "is empty; leave it out for all" : $"are {texts.Count}; at most {MostMatches} are allowed");
        for (var i = 0; i < Math.Min(texts.Count, MostMatches); i++)
        {
            if (!isGood(texts[i] ?? ""))
                faults.Add($"{path}[{i}]", $"'{NameRules.Shown(texts[i] ?? "")}' {fault}");
        }
    }

    static void CheckHeaders(HeaderChanges? changes, string path, Faults faults)
    {
        foreach (var (name, value) in changes?.Set ?? new Dictionary<string, string>())
        {
            CheckHeader(name, $"{path}.set['{NameRules.Shown(name)}']", faults);
            CheckValue(value, $"{path}.set['{NameRules.Shown(name)}']", faults);
        }
        for (var i = 0; i < (changes?.Remove?.Count ?? 0); i++)
            CheckHeader(changes!.Remove![i] ?? "", $"{path}.remove[{i}]", faults);
        if ((changes?.Set?.Count ?? 0) + (changes?.Remove?.Count ?? 0) > MostMatches)
            faults.Add(path, $"are more than {MostMatches}");
    }

    static void CheckHeader(string name, string path, Faults faults)
    {
        if (!IsToken(name))
            faults.Add(path, $"'{NameRules.Shown(name)}' is no name of a header");
        else if (Own.Contains(name, StringComparer.OrdinalIgnoreCase))
            faults.Add(path, $"{name} is the proxy's own: it says how the message is sent");
    }

    static void CheckValue(string? value, string path, Faults faults)
    {
        if (value is not null && (value.Length > LongestText || value.Any(c => c is < ' ' or > '~')))
            faults.Add(path, $"is longer than {LongestText} characters, or has others than printable ASCII");
    }

    static void CheckPath(string? text, string path, Faults faults)
    {
        if (text is not null && (text.Length is 0 or > LongestText || text[0] != '/' || text.Any(c => char.IsControl(c) || c is '?' or '#')))
            faults.Add(path, $"'{NameRules.Shown(text)}' is not a path: it begins with / and has no ? or #");
    }

    static void CheckTimeout(int seconds, string path, Faults faults, int longest = LongestTimeoutSeconds)
    {
        if (seconds < 0 || seconds > longest)
            faults.Add(path, string.Create(CultureInfo.InvariantCulture, $"is {seconds}; from 1 to {longest} are allowed, or 0"));
    }

    static bool IsHost(string host) => NameRules.IsAlias(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host);

    /// <summary>RFC 9110, 5.6.2.</summary>
    static bool IsToken(string text) =>
        text.Length is > 0 and <= 128 && text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));
}
