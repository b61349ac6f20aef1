using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Weft.Model.Resources;
using Weft.Proxy.Balancing;
using Weft.Proxy.Doors;
using Weft.Proxy.Routing;
using Weft.Proxy.Runtime;
using Yarp.ReverseProxy.Forwarder;

namespace Weft.Proxy.Forwarding;

/// <summary>Answers one request: which route, then a redirect, an answer of its own, or a member's.</summary>
sealed partial class RequestHandler(IHttpForwarder forwarder, TimeProvider time, ILogger<RequestHandler> logger)
{
    /// <summary>A request that no member takes is not carried round all of them.</summary>
    const int MostTries = 3;

    internal async Task HandleAsync(HttpContext context)
    {
        var door = context.Features.Get<ClientConnection>()!.Door;
        var model = door.Model;
        door.Counts.Begin();
        try
        {
            Relax(context);
            var route = model.Routes.Find(context.Request);
            if (route.Route.Redirect is { } redirect)
                Redirect(context, route, redirect);
            else if (route.Route.Respond is { } answer)
                await RespondAsync(context, route, answer).ConfigureAwait(false);
            else if (route.Pool is { } pool)
                await ForwardAsync(context, model, route, pool).ConfigureAwait(false);
            else
                await SayAsync(context, StatusCodes.Status404NotFound, "no route leads anywhere from here").ConfigureAwait(false);
        }
        finally
        {
            door.Counts.End(context.Response.StatusCode);
        }
    }

    /// <summary>How long a body may be and how slowly it may come is between client and member; silence has its limit.</summary>
    static void Relax(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
    }

    static void Redirect(HttpContext context, RouteModel route, HttpRedirect redirect)
    {
        context.Response.StatusCode = redirect.Status > 0 ? redirect.Status : StatusCodes.Status302Found;
        context.Response.Headers.Location = Redirection.Target(context.Request, redirect, route.Matcher);
        RequestChanges.Change(context.Response.Headers, route.Route.ResponseHeaders);
    }

    static Task RespondAsync(HttpContext context, RouteModel route, HttpAnswer answer)
    {
        context.Response.StatusCode = answer.Status;
        if (answer.Body is not null)
            context.Response.ContentType = answer.ContentType ?? "text/plain; charset=utf-8";
        RequestChanges.Change(context.Response.Headers, route.Route.ResponseHeaders);
        return answer.Body is null ? Task.CompletedTask : context.Response.WriteAsync(answer.Body, context.RequestAborted);
    }

    static Task SayAsync(HttpContext context, int status, string text)
    {
        context.Response.Clear();
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync($"{status}: {text}\n", context.RequestAborted);
    }

    async Task ForwardAsync(HttpContext context, ListenerModel model, RouteModel route, PoolModel pool)
    {
        using var limit = Limit(context, route);
        var client = context.Connection.RemoteIpAddress ?? IPAddress.None;
        var cookie = pool.Cookie is { } sticky ? context.Request.Cookies[sticky.Name ?? StickyCookie.DefaultName] : null;
        List<MemberModel> tried = [];
        while (pool.Choose(client, cookie, tried) is { } member)
        {
            var changes = new RequestChanges(route, member, pool.Cookie, nameMember: cookie != member.Cookie);
            var error = await SendAsync(context, model, pool, member, changes, limit?.Token ?? default).ConfigureAwait(false);
            if (error == ForwarderError.None || context.Response.HasStarted)
                return;
            if (!IsMembersFault(context, error, out var sent))
            {
                await ExplainAsync(context, error, limit).ConfigureAwait(false);
                return;
            }
            member.State.Fail();
            LogFailed(model.Name, member.Target, Reason(context));
            tried.Add(member);
            if (tried.Count == MostTries || sent && !IsRepeatable(context))
                break;
            StartOver(context);
        }
        await SayAsync(context,
            tried.Count == 0 ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status502BadGateway,
            tried.Count == 0 ? "nobody is there to serve this" : "whoever should serve this cannot be reached").ConfigureAwait(false);
    }

    async ValueTask<ForwarderError> SendAsync(
        HttpContext context, ListenerModel model, PoolModel pool, MemberModel member, RequestChanges changes,
        CancellationToken limit)
    {
        var answered = 0;
        try
        {
            var error = await forwarder.SendAsync(
                context, member.Target, pool.Transport.Invoker, pool.Transport.Request(model.Idle), changes, limit)
                .ConfigureAwait(false);
            answered = error == ForwarderError.None ? context.Response.StatusCode : 0;
            return error;
        }
        finally
        {
            member.State.End(answered);
        }
    }

    /// <summary>Of a whole request, unless it becomes a conversation.</summary>
    CancellationTokenSource? Limit(HttpContext context, RouteModel route) =>
        route.RequestTimeout == TimeSpan.Zero
        || context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
        || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true }
            ? null
            : new(route.RequestTimeout, time);

    /// <summary>True: it could not be reached, or went away without an answer.</summary>
    /// <param name="sent">It may have seen the request.</param>
    static bool IsMembersFault(HttpContext context, ForwarderError error, out bool sent)
    {
        var failure = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        sent = true;
        for (var cause = failure; cause is not null && sent; cause = cause.InnerException)
            sent = cause is not MemberUnreachableException;
        return error is ForwarderError.Request or ForwarderError.RequestBodyDestination;
    }

    /// <summary>Done twice it does no more than done once, and there is no body that is used up.</summary>
    static bool IsRepeatable(HttpContext context)
    {
        var method = context.Request.Method;
        return (HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method)
                || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method))
            && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };
    }

    static void StartOver(HttpContext context)
    {
        context.Response.Clear();
        context.Features.Set<IForwarderErrorFeature>(null);
    }

    static string Reason(HttpContext context)
    {
        var failure = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        while (failure is { InnerException: { } inner } and not MemberUnreachableException)
            failure = inner;
        return failure?.Message ?? "no reason given";
    }

    static Task ExplainAsync(HttpContext context, ForwarderError error, CancellationTokenSource? limit)
    {
        if (context.RequestAborted.IsCancellationRequested)
            return Task.CompletedTask;
        if (error == ForwarderError.RequestTimedOut || limit is { IsCancellationRequested: true })
            return SayAsync(context, StatusCodes.Status504GatewayTimeout, "the answer took too long");
        return error == ForwarderError.RequestBodyClient
            ? Task.CompletedTask // the server's own answer to what the client did wrong
            : SayAsync(context, StatusCodes.Status502BadGateway, "the answer was none");
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Balancer}: {Member} failed: {Reason}")]
    partial void LogFailed(string balancer, string member, string reason);
}
