using System.Text;
using Weft.ClickHouseServer.Engine;

namespace Weft.ClickHouseServer.Http;

/// <summary>Runs one statement for one request, as ClickHouse's HTTP interface does.</summary>
sealed class StatementEndpoint(ChdbEngine engine, Sessions sessions)
{
    public async Task HandleAsync(HttpContext context)
    {
        var answer = new Answer(context, engine);
        try
        {
            var request = StatementRequest.Read(context.Request);
            answer.QueryId = request.QueryId;
            using var body = await Body.ReadAsync(context.Request, context.RequestAborted);
            using var lease = sessions.TryTake(request.SessionId);
            if (lease is null)
                await answer.FailAsync(new($"Code: 373. DB::Exception: Session {request.SessionId} is locked by a concurrent client. (SESSION_IS_LOCKED)"));
            else
                await RunAsync(request, body, lease.Connection, answer, context.RequestAborted);
        }
        catch (BadHttpRequestException exception)
        {
            await answer.FailAsync(new($"Code: 36. DB::Exception: {exception.Message}. (BAD_ARGUMENTS)"));
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left, its statement has been ended, and nobody reads an answer.
        }
    }

    async Task RunAsync(
        StatementRequest request, Body body, EngineConnection connection, Answer answer, CancellationToken clientLeft)
    {
        var (plan, failure) = await PlanAsync(request, body, clientLeft);
        using (plan)
        {
            if (plan is null)
            {
                await answer.FailAsync(failure!);
                return;
            }
            answer.Format = plan.OutputFormat ?? request.DefaultFormat;
            if (plan.Streams)
                await StreamAsync(request, plan, connection, answer, clientLeft);
            else
            {
                // It may change something, and then runs to its end.
                using var result = await EngineThread.RunAsync(
                    engine, () => Run(request, plan.ToStatement(request.DefaultFormat, null), connection), CancellationToken.None);
                await answer.SendAsync(result);
            }
        }
    }

    async Task<(Plan? Plan, EngineError? Failure)> PlanAsync(StatementRequest request, Body body, CancellationToken cancellationToken)
    {
        if (Plan.ForDataOnly(request, body) is { } plan)
            return (plan, null);
        if (request.Compression is null || body.Length == 0)
            return (Plan.ForText(request, body.ToArray()), null);
        using var plain = await EngineThread.RunAsync(engine, () => Decompress(body, request.Compression), cancellationToken);
        return plain.Error is null ? (Plan.ForText(request, plain.ToArray()), null) : (null, plain.Error);
    }

    // The engine knows every compression that its clients do.
    EngineResult Decompress(Body body, string compression)
    {
        using var connection = engine.Connect();
        return connection.Run(
            "SELECT raw_blob FROM file({path:String}, 'RawBLOB', 'raw_blob String', {compression:String})"u8, "RawBLOB",
            [new("path", body.Path), new("compression", compression)]);
    }

    async Task StreamAsync(
        StatementRequest request, Plan plan, EngineConnection connection, Answer answer, CancellationToken clientLeft)
    {
        using var output = new OutputPipe();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(request.EndsWithClient ? clientLeft : CancellationToken.None);
        var running = EngineThread.RunAsync(
            engine,
            () =>
            {
                try
                {
                    return Run(request, plan.ToStatement(request.DefaultFormat, output.Path), connection);
                }
                finally
                {
                    output.EndWriting();
                }
            },
            ending.Token);
        try
        {
            await answer.SendAsync(output.Reader, running, ending.Token);
        }
        catch
        {
            // Nobody takes what comes: ClickHouse notices that when it next sends something.
            await ending.CancelAsync();
            throw;
        }
        finally
        {
            // While the engine still writes, somebody must read, or it waits for ever.
            await output.DrainAsync();
            (await running).Dispose();
        }
    }

    static EngineResult Run(StatementRequest request, byte[] statement, EngineConnection connection)
    {
        foreach (var preparation in request.Preparations())
        {
            var prepared = connection.Run(Encoding.UTF8.GetBytes(preparation), "Null", []);
            if (prepared.Error is not null)
                return prepared;
            prepared.Dispose();
        }
        return connection.Run(statement, request.DefaultFormat, request.Parameters);
    }
}
