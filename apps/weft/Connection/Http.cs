using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weft.Cli.Connection;

/// <summary>Requests to one API, and its refusals as <see cref="CliException"/>.</summary>
/// <param name="who">For people: <c>server</c> or <c>agent</c>.</param>
sealed class Http(string who, Endpoint endpoint, string? token, ServerTrust? trust, TimeSpan timeout) : IDisposable
{
    const int Large = 1 << 20;

    readonly HttpClient client = Connect(endpoint, token, trust);

    public Endpoint Endpoint => endpoint;

    public void Dispose() => client.Dispose();

    static HttpClient Connect(Endpoint endpoint, string? token, ServerTrust? trust)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        trust?.ApplyTo(handler.SslOptions, endpoint.Address);
        if (endpoint.SocketPath is { } path)
            handler.ConnectCallback = (_, cancel) => OpenSocketAsync(path, cancel);
        var client = new HttpClient(handler) { BaseAddress = endpoint.Address, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Accept.Add(new("application/json"));
        client.DefaultRequestHeaders.UserAgent.Add(new("weft", ProgramVersion.Number));
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    static async ValueTask<Stream> OpenSocketAsync(string path, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The body of the answer, null when it has none, and its status.</summary>
    /// <param name="revision">Refuse with a conflict unless this is the resource's revision.</param>
    public async Task<(JsonNode? Body, HttpStatusCode Status)> SendAsync(
        HttpMethod method, string path, JsonNode? body, CancellationToken cancel, long revision = 0)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        try
        {
            using var request = Request(method, path, body, revision);
            using var answer = await client.SendAsync(request, limit.Token);
            var text = await answer.Content.ReadAsStringAsync(limit.Token);
            return answer.IsSuccessStatusCode
                ? (Parse(text, path), answer.StatusCode)
                : throw Problem.From(who, answer.StatusCode, text);
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw TooSlow();
        }
    }

    /// <summary>Lines of an answer that goes on until the other side or the user ends it.</summary>
    public async IAsyncEnumerable<JsonNode> StreamAsync(
        string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        using var request = Request(HttpMethod.Get, path, null, 0);
        await foreach (var line in LinesAsync(request, cancel))
        {
            if (Parse(line, path) is { } value)
                yield return value;
        }
    }

    /// <summary>As <see cref="StreamAsync"/>, of JSON lines that are not looked into.</summary>
    public async IAsyncEnumerable<string> LinesAsync(
        HttpMethod method, string path, JsonNode? body, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        using var request = Request(method, path, body, 0);
        request.Headers.Accept.Add(new("application/x-ndjson"));
        await foreach (var line in LinesAsync(request, cancel, timeout))
            yield return line;
    }

    /// <summary>An answer in another form than JSON, as it comes.</summary>
    public async Task CopyAsync(
        HttpMethod method, string path, JsonNode? body, string mediaType, Stream destination, CancellationToken cancel)
    {
        using var request = Request(method, path, body, 0);
        request.Headers.Accept.Add(new(mediaType));
        using var answer = await OpenStreamAsync(request, cancel, timeout);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancel);
        var buffer = new byte[1 << 16];
        while (await Guarded(() => stream.ReadAsync(buffer, cancel).AsTask()) is > 0 and var count)
            await destination.WriteAsync(buffer.AsMemory(0, count), cancel);
    }

    async IAsyncEnumerable<string> LinesAsync(
        HttpRequestMessage request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel,
        TimeSpan? patience = null)
    {
        using var answer = await OpenStreamAsync(request, cancel, patience);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancel);
        using var reader = new StreamReader(stream, bufferSize: 1 << 16);
        while (await Guarded(() => reader.ReadLineAsync(cancel).AsTask()) is { } line)
        {
            if (line.Length > 0)
                yield return line;
        }
    }

    /// <param name="patience">Until it begins; null: for ever.</param>
    async Task<HttpResponseMessage> OpenStreamAsync(HttpRequestMessage request, CancellationToken cancel, TimeSpan? patience = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (patience is { } most)
            limit.CancelAfter(most);
        try
        {
            var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (answer.IsSuccessStatusCode)
                return answer;
            using (answer)
                throw Problem.From(who, answer.StatusCode, await answer.Content.ReadAsStringAsync(cancel));
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw TooSlow();
        }
    }

    async Task<T> Guarded<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new CliException(ExitCodes.Unreachable, $"the {who} at {endpoint} ended the connection",
                hint: "run the command again");
        }
    }

    static HttpRequestMessage Request(HttpMethod method, string path, JsonNode? body, long revision)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            var text = body.ToJsonString();
            request.Content = new StringContent(text, Encoding.UTF8, "application/json");
            // A server that refuses it for its size would otherwise hang up before it can say so.
            request.Headers.ExpectContinue = text.Length > Large;
        }
        if (revision != 0)
            request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{revision}\""));
        return request;
    }

    JsonNode? Parse(string text, string path)
    {
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            throw new CliException(
                ExitCodes.Failure, $"{endpoint} answered {path} with something that is not JSON",
                hint: $"is this a Weft {who}? check --server");
        }
    }

    CliException TooSlow() => new(
        ExitCodes.Unreachable, $"the {who} at {endpoint} did not answer within {timeout.TotalSeconds:0} s",
        hint: "try again, or give it longer with --timeout");

    CliException Unreachable(HttpRequestException cause) => cause.InnerException switch
    {
        System.Security.Authentication.AuthenticationException => new(
            ExitCodes.Unreachable,
                $"the {who} at {endpoint} is not one that is trusted here: {cause.GetBaseException().Message}",
            hint: "give the cluster's CA with --ca-file, or its SHA-256 with --ca-fingerprint"),
        _ => new(
            ExitCodes.Unreachable, $"cannot reach the {who} at {endpoint}: {endpoint.Cause(cause)}",
            hint: endpoint.WhenUnreachable(cause)),
    };
}
