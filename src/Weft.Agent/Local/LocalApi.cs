using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weft.Agent.Attachments;
using Weft.Metrics;
using Weft.Model.Local;
using Weft.Model.Validation;

namespace Weft.Agent.Local;

/// <summary>REST on a Unix socket, for root of this host: what is attached, to attach, and to look inside.</summary>
/// <remarks>
/// A web server of its own, so that no path of it can ever be reached through another. The socket gets mode 0600
/// right after it is made; before that, the usual umask of 022 already keeps everybody else from connecting.
/// </remarks>
sealed class LocalApi(AgentOptions options, Attacher attacher, LocalInspection inspection, MetricScrape metrics, ILoggerFactory loggers)
    : IHostedService, IAsyncDisposable
{
    const int MaxBody = 64 * 1024;

    WebApplication? _app;

    /// <exception cref="IOException">The socket cannot be made: another agent serves it, or no permission.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.RuntimeDirectory);
        File.Delete(options.SocketPath);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.ListenUnixSocket(options.SocketPath);
            kestrel.Limits.MaxRequestBodySize = MaxBody;
            kestrel.AddServerHeader = false;
        });
        var app = builder.Build();
        app.Use(ProblemsAsync);
        app.UseRouting();
        Map(app);
        app.MapFallback(NotFoundAsync);
        await app.StartAsync(cancellationToken).ConfigureAwait(false);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(options.SocketPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _app = app;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_app is { } app)
            await app.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is { } app)
            await app.DisposeAsync().ConfigureAwait(false);
    }

    void Map(WebApplication app)
    {
        app.MapGet("/metrics", metrics.WriteAsync);
        app.MapGet("/v1/status", context => WriteAsync(context, inspection.Status(), LocalJson.Default.LocalStatus));
        app.MapGet("/v1/attachments", context => WriteAsync(context, attacher.List(), LocalJson.Default.IReadOnlyListAttachment));
        app.MapPost("/v1/attachments", AttachAsync);
        app.MapDelete("/v1/attachments/{port}", DetachAsync);
        app.MapGet("/v1/debug/desired", context => WriteAsync(context, inspection.Desired(), LocalJson.Default.LocalRecords));
        app.MapGet("/v1/debug/actual", context => WriteAsync(context, inspection.Actual(), LocalJson.Default.LocalRecords));
        app.MapGet("/v1/debug/outside", context => WriteAsync(context, inspection.Outside(), LocalJson.Default.LocalOutside));
        app.MapGet("/v1/debug/flows", context => WriteAsync(context, inspection.Flows(), LocalJson.Default.IReadOnlyListLocalFlow));
        app.MapGet("/v1/debug/drops", context => WriteAsync(context, inspection.Drops(), LocalJson.Default.IReadOnlyListLocalDrop));
    }

    async Task AttachAsync(HttpContext context)
    {
        var request = await JsonSerializer.DeserializeAsync(
            context.Request.Body, LocalJson.Default.AttachPortRequest, context.RequestAborted).ConfigureAwait(false)
            ?? throw new JsonException("the body must be an object");
        var attachment = await attacher.AttachAsync(request, context.RequestAborted).ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = $"/v1/attachments/{attachment.Port}";
        await WriteAsync(context, attachment, LocalJson.Default.Attachment).ConfigureAwait(false);
    }

    /// <summary>The port is its uid, or its name, with <c>?project=</c> when that is not the default one.</summary>
    async Task DetachAsync(HttpContext context)
    {
        var text = (string)context.Request.RouteValues["port"]!;
        var project = context.Request.Query["project"].FirstOrDefault() ?? options.DefaultProject;
        var port = Guid.TryParse(text, out var uid)
            ? uid
            : attacher.List().FirstOrDefault(attachment => attachment.Name == text && attachment.Project == project)?.Port;
        if (port is not { } found || !await attacher.DetachAsync(found, context.RequestAborted).ConfigureAwait(false))
            throw new AttachException(AttachError.NotFound, "port", $"no port '{text}' is attached here in project '{project}'");
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    static async Task ProblemsAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (AttachException failure)
        {
            await ProblemAsync(context, StatusOf(failure.Error), failure.Message, failure.Faults).ConfigureAwait(false);
        }
        catch (JsonException failure)
        {
            var path = failure.Path?.TrimStart('$', '.') ?? "";
            await ProblemAsync(context, 400, failure.Message, [new Fault(path, failure.Message)]).ConfigureAwait(false);
        }
        catch (BadHttpRequestException failure)
        {
            await ProblemAsync(context, failure.StatusCode, failure.Message, null).ConfigureAwait(false);
        }
    }

    static Task NotFoundAsync(HttpContext context) =>
        ProblemAsync(context, 404, $"there is no {context.Request.Method} {context.Request.Path}", null);

    static int StatusOf(AttachError error) => error switch
    {
        AttachError.Invalid => StatusCodes.Status422UnprocessableEntity,
        AttachError.NotFound => StatusCodes.Status404NotFound,
        AttachError.AlreadyExists or AttachError.Exhausted => StatusCodes.Status409Conflict,
        AttachError.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    static async Task ProblemAsync(HttpContext context, int status, string detail, IReadOnlyList<Fault>? faults)
    {
        if (context.Response.HasStarted)
            return;
        context.Response.StatusCode = status;
        var problem = new LocalProblem
        {
            Title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
            Status = status,
            Detail = detail,
            Errors = faults,
        };
        context.Response.ContentType = "application/problem+json";
        await JsonSerializer.SerializeAsync(context.Response.Body, problem, LocalJson.Default.LocalProblem, context.RequestAborted)
            .ConfigureAwait(false);
    }

    static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, value, type, context.RequestAborted);
    }
}
