using System.Text;
using System.Text.Json.Nodes;
using Weft.Cli.Commands;
using Weft.Cli.Output;

namespace Weft.Cli.Top;

/// <summary>Asks, draws and listens until it is told to end.</summary>
sealed class TopLoop(Session session, IScreen screen, TimeSpan interval)
{
    /// <summary>Groups that are asked for; nobody reads as many.</summary>
    public const int MostRows = 1000;

    const string Enter = "\e[?1049h\e[?25l\e[?7l";
    const string Leave = "\e[?7h\e[?25h\e[?1049l";

    // Terminals that know it show a frame at once; others ignore it.
    const string BeginFrame = "\e[?2026h\e[H";
    const string EndFrame = "\e[J\e[?2026l";

    TopView _view = new(new(), [], "asking…");

    public async Task RunAsync(TopState first, CancellationToken cancel)
    {
        _view = _view with { State = first };
        session.Out.Write(Enter);
        try
        {
            await ListenAsync(cancel);
        }
        finally
        {
            session.Out.Write(Leave);
            await session.Out.FlushAsync(CancellationToken.None);
        }
    }

    /// <param name="Rows">Null: there is a message instead.</param>
    sealed record Answer(IReadOnlyList<TopRow>? Rows, string Message);

    /// <summary>One answer.</summary>
    public static async Task<IReadOnlyList<TopRow>> AskAsync(Session session, TopState state, CancellationToken cancel)
    {
        var groups = new List<JsonObject>();
        await foreach (var line in session.Flows.QueryAsync(TopRow.Query(state, session.GivenProject, MostRows), cancel))
        {
            if (JsonNode.Parse(line) is JsonObject group)
                groups.Add(group);
        }
        return TopRow.Of(state, groups, session.GivenProject);
    }

    async Task ListenAsync(CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var key = screen.ReadKeyAsync(interval, stop.Token);
        var next = Task.CompletedTask;
        Task<Answer>? question = null;
        while (!_view.State.Quit)
        {
            if (question is null && next.IsCompleted && !_view.State.Paused)
                question = QuestionAsync(_view.State, stop.Token);
            Draw();
            await Task.WhenAny(question is null && _view.State.Paused ? [key] : [question ?? next, key]);
            if (key.IsCompleted)
            {
                if (Press(await key))
                    (question, next) = (null, Task.CompletedTask);
                key = screen.ReadKeyAsync(interval, stop.Token);
            }
            if (question is { IsCompleted: true })
            {
                Take(await question);
                (question, next) = (null, Task.Delay(interval, session.Terminal.Time, stop.Token));
            }
        }
        await stop.CancelAsync();
    }

    /// <summary>True when something else is to be asked now: an answer that is still to come is of no use then.</summary>
    bool Press(ConsoleKeyInfo? key)
    {
        var before = _view.State;
        if (key is { } pressed)
            _view = _view with { State = before.Press(pressed, _view.Rows.Count, TopScreen.Page(screen.Size.Height)) };
        return _view.State.AsksOtherThan(before);
    }

    void Take(Answer answer) => _view = answer.Rows is { } rows
        ? _view with { Rows = rows, Message = rows.Count == MostRows ? $"the largest {MostRows} of more" : "" }
        : _view with { Message = answer.Message };

    async Task<Answer> QuestionAsync(TopState state, CancellationToken cancel)
    {
        try
        {
            return new(await AskAsync(session, state, cancel), "");
        }
        catch (CliException e)
        {
            return new(null, string.Join(": ", [e.Message, .. e.Faults.Take(1).Select(fault => fault.Message.Split('\n')[0])]));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return new(null, "");
        }
    }

    void Draw()
    {
        var (width, height) = screen.Size;
        var frame = new StringBuilder(BeginFrame);
        var lines = TopScreen.Lines(_view, width, height, session.Terminal.OutHasColors);
        for (var i = 0; i < lines.Count; i++)
            frame.Append(lines[i]).Append(i == lines.Count - 1 ? "\e[K" : "\e[K\r\n");
        session.Out.Write(frame.Append(EndFrame).ToString());
        session.Out.Flush();
    }
}
