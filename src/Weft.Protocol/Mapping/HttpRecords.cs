using Google.Protobuf.Collections;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.V1;

namespace Weft.Protocol.Mapping;

/// <summary>What HTTP listeners do, and the certificates that they show, between the model and the wire.</summary>
public static class HttpRecords
{
    public static HttpHandlingRecord ToRecord(HttpHandling http)
    {
        var record = new HttpHandlingRecord
        {
            RequestTimeoutSeconds = (uint)http.RequestTimeoutSeconds,
            IdleTimeoutSeconds = (uint)http.IdleTimeoutSeconds,
        };
        record.Certificates.AddRange(http.Certificates ?? []);
        record.CertificateFiles.AddRange((http.CertificateFiles ?? [])
            .Select(file => new CertificateFileRecord { Chain = file.Chain, Key = file.Key }));
        record.Routes.AddRange((http.Routes ?? []).Select(ToRecord));
        return record;
    }

    public static HttpHandling ToModel(HttpHandlingRecord record) => new()
    {
        Certificates = OrNull(record.Certificates),
        CertificateFiles = record.CertificateFiles.Count == 0
            ? null : [.. record.CertificateFiles.Select(file => new CertificateFile { Chain = file.Chain, Key = file.Key })],
        Routes = record.Routes.Count == 0 ? null : [.. record.Routes.Select(ToModel)],
        RequestTimeoutSeconds = WireNumbers.ToInt32(record.RequestTimeoutSeconds, "request_timeout_seconds"),
        IdleTimeoutSeconds = WireNumbers.ToInt32(record.IdleTimeoutSeconds, "idle_timeout_seconds"),
    };

    public static HttpPoolRecord ToRecord(HttpPool pool)
    {
        var record = new HttpPoolRecord { Protocol = pool.Protocol ?? "" };
        if (pool.Cookie is { } cookie)
            record.Cookie = new() { Name = cookie.Name ?? "", MaxAgeSeconds = (uint)cookie.MaxAgeSeconds };
        if (pool.Tls is not { } tls)
            return record;
        record.Tls = new() { Ca = tls.Ca ?? "", ServerName = tls.ServerName ?? "" };
        if (tls.Verify is { } verify)
            record.Tls.Verify = verify;
        return record;
    }

    public static HttpPool ToModel(HttpPoolRecord record) => new()
    {
        Protocol = OrNull(record.Protocol),
        Cookie = record.Cookie is { } cookie
            ? new() { Name = OrNull(cookie.Name), MaxAgeSeconds = WireNumbers.ToInt32(cookie.MaxAgeSeconds, "max_age_seconds") } : null,
        Tls = record.Tls is { } tls
            ? new() { Verify = tls.HasVerify ? tls.Verify : null, Ca = OrNull(tls.Ca), ServerName = OrNull(tls.ServerName) } : null,
    };

    public static CertificateRecord ToRecord(NodeCertificate certificate) => new()
    {
        Uid = WireBytes.Of(certificate.Uid),
        Project = certificate.Project,
        Name = certificate.Name,
        Chain = certificate.Chain,
        PrivateKey = certificate.PrivateKey,
    };

    public static NodeCertificate ToModel(CertificateRecord record) =>
        new(WireBytes.ToUid(record.Uid, "uid"), record.Project, record.Name, record.Chain, record.PrivateKey);

    static HttpRouteRecord ToRecord(HttpRoute route) => new()
    {
        Match = route.Match is { } match ? ToRecord(match) : null,
        Pool = route.Pool ?? "",
        Redirect = route.Redirect is { } redirect ? ToRecord(redirect) : null,
        Respond = route.Respond is { } answer ? ToRecord(answer) : null,
        ReplacePrefix = route.ReplacePrefix ?? "",
        RequestHeaders = route.RequestHeaders is { } request ? ToRecord(request) : null,
        ResponseHeaders = route.ResponseHeaders is { } response ? ToRecord(response) : null,
        RequestTimeoutSeconds = (uint)route.RequestTimeoutSeconds,
    };

    static HttpRoute ToModel(HttpRouteRecord record) => new()
    {
        Match = record.Match is { } match ? ToModel(match) : null,
        Pool = OrNull(record.Pool),
        Redirect = record.Redirect is { } redirect ? ToModel(redirect) : null,
        Respond = record.Respond is { } answer ? ToModel(answer) : null,
        ReplacePrefix = OrNull(record.ReplacePrefix),
        RequestHeaders = record.RequestHeaders is { } request ? ToModel(request) : null,
        ResponseHeaders = record.ResponseHeaders is { } response ? ToModel(response) : null,
        RequestTimeoutSeconds = WireNumbers.ToInt32(record.RequestTimeoutSeconds, "request_timeout_seconds"),
    };

    static HttpMatchRecord ToRecord(HttpMatch match)
    {
        var record = new HttpMatchRecord { Path = match.Path ?? "", PathPrefix = match.PathPrefix ?? "" };
        record.Hosts.AddRange(match.Hosts ?? []);
        record.Methods.AddRange(match.Methods ?? []);
        foreach (var header in match.Headers ?? [])
        {
            var wanted = new HeaderMatchRecord { Name = header.Name };
            if (header.Value is { } value)
                wanted.Value = value;
            record.Headers.Add(wanted);
        }
        return record;
    }

    static HttpMatch ToModel(HttpMatchRecord record) => new()
    {
        Hosts = OrNull(record.Hosts),
        Path = OrNull(record.Path),
        PathPrefix = OrNull(record.PathPrefix),
        Methods = OrNull(record.Methods),
        Headers = record.Headers.Count == 0
            ? null : [.. record.Headers.Select(header => new HeaderMatch { Name = header.Name, Value = header.HasValue ? header.Value : null })],
    };

    static HeaderChangesRecord ToRecord(HeaderChanges changes)
    {
        var record = new HeaderChangesRecord();
        foreach (var (name, value) in changes.Set ?? new Dictionary<string, string>())
            record.Set.Add(name, value);
        record.Remove.AddRange(changes.Remove ?? []);
        return record;
    }

    static HeaderChanges ToModel(HeaderChangesRecord record) => new()
    {
        Set = record.Set.Count == 0 ? null : new Dictionary<string, string>(record.Set),
        Remove = OrNull(record.Remove),
    };

    static HttpRedirectRecord ToRecord(HttpRedirect redirect) => new()
    {
        Status = (uint)redirect.Status,
        Scheme = redirect.Scheme ?? "",
        Host = redirect.Host ?? "",
        Port = redirect.Port,
        Path = redirect.Path ?? "",
    };

    static HttpRedirect ToModel(HttpRedirectRecord record) => new()
    {
        Status = WireNumbers.ToInt32(record.Status, "status"),
        Scheme = OrNull(record.Scheme),
        Host = OrNull(record.Host),
        Port = WireNumbers.ToUInt16(record.Port, "port"),
        Path = OrNull(record.Path),
    };

    static HttpAnswerRecord ToRecord(HttpAnswer answer)
    {
        var record = new HttpAnswerRecord { Status = (uint)answer.Status, ContentType = answer.ContentType ?? "" };
        if (answer.Body is { } body)
            record.Body = body;
        return record;
    }

    static HttpAnswer ToModel(HttpAnswerRecord record) => new()
    {
        Status = WireNumbers.ToInt32(record.Status, "status"),
        Body = record.HasBody ? record.Body : null,
        ContentType = OrNull(record.ContentType),
    };

    static string[]? OrNull(RepeatedField<string> texts) => texts.Count == 0 ? null : [.. texts];

    static string? OrNull(string text) => text.Length == 0 ? null : text;
}
