using CsCheck;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Protocol;

/// <summary>Whatever an HTTP listener, its pool or its certificate may say.</summary>
static class HttpGenerators
{
    static readonly Gen<string> Names = Gen.String[Gen.Char['a', 'z'], 1, 12];
    static readonly Gen<string?> Text = Gen.Null(Names);
    static readonly Gen<string[]?> Texts = Gen.Null(Names.Array[1, 3]);

    static readonly Gen<HttpMatch> Matches = Gen.Select(
        Texts, Text, Text, Texts, Gen.Null(Gen.Select(Names, Text, (name, value) => new HeaderMatch { Name = name, Value = value }).Array[1, 3]),
        (hosts, path, prefix, methods, headers) =>
            new HttpMatch { Hosts = hosts, Path = path, PathPrefix = prefix, Methods = methods, Headers = headers });

    static readonly Gen<HeaderChanges> Changes = Gen.Select(
        Gen.Null(Gen.Dictionary(Names, Names)[1, 4]), Texts, (set, remove) => new HeaderChanges { Set = set, Remove = remove });

    static readonly Gen<HttpRedirect> Redirects = Gen.Select(
        Gen.Int[0, 399], Text, Text, Gen.UShort, Text, (status, scheme, host, port, path) =>
            new HttpRedirect { Status = status, Scheme = scheme, Host = host, Port = port, Path = path });

    static readonly Gen<HttpAnswer> Answers = Gen.Select(
        Gen.Int[0, 599], Gen.Null(Gen.String), Text, (status, body, type) => new HttpAnswer { Status = status, Body = body, ContentType = type });

    static readonly Gen<HttpRoute> Routes = Gen.Select(
        Gen.Null(Matches), Text, Gen.Null(Redirects), Gen.Null(Answers), Text, Gen.Null(Changes), Gen.Null(Changes), Gen.Int[0, 1000],
        (match, pool, redirect, respond, prefix, request, response, seconds) => new HttpRoute
        {
            Match = match,
            Pool = pool,
            Redirect = redirect,
            Respond = respond,
            ReplacePrefix = prefix,
            RequestHeaders = request,
            ResponseHeaders = response,
            RequestTimeoutSeconds = seconds,
        });

    public static readonly Gen<HttpHandling> Handling = Gen.Select(
        Texts, Gen.Null(Gen.Select(Names, Names, (chain, key) => new CertificateFile { Chain = chain, Key = key }).Array[1, 2]),
        Gen.Null(Routes.Array[1, 3]), Gen.Int[0, 100], Gen.Int[0, 100], (certificates, files, routes, request, idle) => new HttpHandling
        {
            Certificates = certificates,
            CertificateFiles = files,
            Routes = routes,
            RequestTimeoutSeconds = request,
            IdleTimeoutSeconds = idle,
        });

    public static readonly Gen<HttpPool> Pools = Gen.Select(
        Text, Gen.Null(Gen.Select(Text, Gen.Int[0, 100], (name, age) => new StickyCookie { Name = name, MaxAgeSeconds = age })),
        Gen.Null(Gen.Select(Gen.Int[0, 2], Text, Text, (verify, ca, name) =>
            new MemberTls { Verify = verify == 2 ? null : verify == 1, Ca = ca, ServerName = name })),
        (protocol, cookie, tls) => new HttpPool { Protocol = protocol, Cookie = cookie, Tls = tls });

    public static readonly Gen<NodeCertificate> Certificates = Gen.Select(
        Gen.Guid, Names, Names, Names, Names, (uid, project, name, chain, key) => new NodeCertificate(uid, project, name, chain, key));
}
