using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Weft.Store;

namespace Weft.Server.Rest;

/// <summary>Whatever ends without a body or with an exception is answered with a problem.</summary>
sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (!http.Request.Path.StartsWithSegments("/api") && http.GetEndpoint() is not null)
        {
            await next(http);
            return;
        }
        try
        {
            await next(http);
            if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null })
                await Bare(http).WriteAsync(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to answer to.
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            await Of(http, e).WriteAsync(http);
        }
    }

    Problem Of(HttpContext http, Exception exception)
    {
        switch (exception)
        {
            case ProblemException known:
                return known.Problem;
            case BadHttpRequestException bad:
                return new(bad.StatusCode, "the request cannot be read") { Detail = bad.Message };
            case StoreException store:
                RequestFailed(store, http.Request.Method, http.Request.Path);
                return new(StatusCodes.Status503ServiceUnavailable, "the store does not answer") { Detail = store.Message };
            default:
                RequestFailed(exception, http.Request.Method, http.Request.Path);
                return new(StatusCodes.Status500InternalServerError, "the server failed")
                {
                    Detail = "this is a bug; the server's log has the details",
                };
        }
    }

    static Problem Bare(HttpContext http) => http.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => Problem.NotFound($"there is nothing at {http.Request.Path}; /docs shows what there is"),
        StatusCodes.Status405MethodNotAllowed => new(405, "not allowed")
        {
            Detail = $"{http.Request.Method} is not for {http.Request.Path}; {http.Response.Headers.Allow} are",
        },
        var status => new(status, "the request failed"),
    };

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    partial void RequestFailed(Exception exception, string method, string path);
}
