using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Weft.Agent.Control;

namespace Weft.Docker.Plugin;

/// <summary>
/// Calls of Docker's plugin protocol: a POST with JSON both ways, in a media type of its own. What cannot be
/// done is said in the body of an answer with status 200, in the field that the caller reads.
/// </summary>
sealed partial class PluginRoutes(WebApplication app, ILogger<PluginRoutes> log)
{
    const string MediaType = "application/vnd.docker.plugins.v1.1+json";

    /// <summary>A call without a body.</summary>
    public void Map<TAnswer>(string method, JsonTypeInfo<TAnswer> answer, Func<TAnswer> handle) =>
        app.MapPost(method, (RequestDelegate)(context => WriteAsync(context, handle(), answer)));

    /// <param name="method">Such as <c>/NetworkDriver.Join</c>.</param>
    /// <param name="request">How to read the body.</param>
    /// <param name="answer">How to write the answer.</param>
    /// <param name="handle">Does it.</param>
    /// <param name="refuse">Makes the answer that says why not.</param>
    public void Map<TRequest, TAnswer>(
        string method, JsonTypeInfo<TRequest> request, JsonTypeInfo<TAnswer> answer,
        Func<TRequest, CancellationToken, Task<TAnswer>> handle, Func<string, TAnswer> refuse) where TRequest : class =>
        app.MapPost(method, (RequestDelegate)(async context =>
        {
            TAnswer result;
            try
            {
                // Not the request's own token: dockerd does not take back what it asked for, and half of it is worse.
                result = await handle(await ReadAsync(context, request), CancellationToken.None);
            }
            catch (JsonException exception)
            {
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                result = refuse($"{method[1..]}: {exception.Message}");
            }
            catch (Exception exception)
            {
                Refused(method[1..], Why(exception));
                result = refuse(Why(exception));
            }
            await WriteAsync(context, result, answer);
        }));

    static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type) where T : class =>
        await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
        ?? throw new JsonException("the body is empty");

    static async Task WriteAsync<T>(HttpContext context, T answer, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = MediaType;
        await JsonSerializer.SerializeAsync(context.Response.Body, answer, type, context.RequestAborted);
    }

    static string Why(Exception exception) => exception switch
    {
        ControlPlaneException answer => DriverException.From(answer).Message,
        _ => exception.Message,
    };

    [LoggerMessage(LogLevel.Warning, "{Method} refused: {Reason}")]
    partial void Refused(string method, string reason);
}
