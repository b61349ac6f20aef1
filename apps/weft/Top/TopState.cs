namespace Weft.Cli.Top;

/// <summary>What a row of the view is.</summary>
enum TopGrouping { Port, Service, Network, Rule }

enum TopOrder { Bytes, Packets, Connections, Denied }

/// <summary>What the person at the keyboard has chosen. Pure: keys make another one of it.</summary>
sealed record TopState
{
    public static readonly TimeSpan ShortestWindow = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan LongestWindow = TimeSpan.FromHours(1);

    public TopGrouping Grouping { get; init; }
    public TopOrder Order { get; init; }

    /// <summary>In the language of <c>weft flows --where</c>; empty: everything.</summary>
    public string Filter { get; init; } = "";

    /// <summary>The filter while it is being typed; null: it is not.</summary>
    public string? Typed { get; init; }

    /// <summary>Rates are of so long a time before now.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(10);

    public bool Paused { get; init; }

    /// <summary>Rows above the first that is shown.</summary>
    public int Scroll { get; init; }

    public bool Quit { get; init; }

    /// <summary>The server has to be asked anew.</summary>
    public bool AsksOtherThan(TopState before) =>
        (Grouping, Order, Filter, Window) != (before.Grouping, before.Order, before.Filter, before.Window) || before.Paused && !Paused;

    /// <param name="rows">How many there are.</param>
    /// <param name="page">How many are shown at once.</param>
    public TopState Press(ConsoleKeyInfo key, int rows, int page)
    {
        if (key is { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control })
            return this with { Quit = true };
        var next = Typed is null ? Command(key, page) : Type(key, Typed);
        return next with { Scroll = Math.Clamp(next.Scroll, 0, Math.Max(0, rows - page)) };
    }

    TopState Type(ConsoleKeyInfo key, string typed) => key.Key switch
    {
        ConsoleKey.Enter => this with { Filter = typed.Trim(), Typed = null, Scroll = 0 },
        ConsoleKey.Escape => this with { Typed = null },
        ConsoleKey.Backspace => this with { Typed = typed.Length > 0 ? typed[..^1] : "" },
        ConsoleKey.U when key.Modifiers == ConsoleModifiers.Control => this with { Typed = "" },
        _ when !char.IsControl(key.KeyChar) => this with { Typed = typed + key.KeyChar },
        _ => this,
    };

    TopState Command(ConsoleKeyInfo key, int page) => key.Key switch
    {
        ConsoleKey.Escape => this with { Quit = true },
        ConsoleKey.RightArrow => OrderedBy((TopOrder)(((int)Order + 1) % 4)),
        ConsoleKey.LeftArrow => OrderedBy((TopOrder)(((int)Order + 3) % 4)),
        ConsoleKey.UpArrow => this with { Scroll = Scroll - 1 },
        ConsoleKey.DownArrow => this with { Scroll = Scroll + 1 },
        ConsoleKey.PageUp => this with { Scroll = Scroll - page },
        ConsoleKey.PageDown => this with { Scroll = Scroll + page },
        ConsoleKey.Home => this with { Scroll = 0 },
        ConsoleKey.End => this with { Scroll = int.MaxValue },
        ConsoleKey.Tab => GroupedBy((TopGrouping)(((int)Grouping + 1) % 4)),
        _ => char.ToLowerInvariant(key.KeyChar) switch
        {
            'q' => this with { Quit = true },
            'b' => OrderedBy(TopOrder.Bytes),
            'p' => OrderedBy(TopOrder.Packets),
            'c' => OrderedBy(TopOrder.Connections),
            'd' => OrderedBy(TopOrder.Denied),
            'g' => GroupedBy((TopGrouping)(((int)Grouping + 1) % 4)),
            >= '1' and <= '4' and var digit => GroupedBy((TopGrouping)(digit - '1')),
            '/' => this with { Typed = Filter },
            ' ' => this with { Paused = !Paused },
            '+' => this with { Window = Window * 2 < LongestWindow ? Window * 2 : LongestWindow },
            '-' => this with { Window = Window / 2 > ShortestWindow ? Window / 2 : ShortestWindow },
            _ => this,
        },
    };

    TopState OrderedBy(TopOrder order) => this with { Order = order, Scroll = 0 };

    TopState GroupedBy(TopGrouping grouping) => this with { Grouping = grouping, Scroll = 0 };
}
