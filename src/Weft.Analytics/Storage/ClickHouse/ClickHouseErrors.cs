using ClickHouse.Driver;

namespace Weft.Analytics.Storage.ClickHouse;

/// <summary>What ClickHouse says, or that it says nothing, in the words of <see cref="IFlowStore"/>.</summary>
static class ClickHouseErrors
{
    const int Unknown = -1;

    /// <summary>
    /// Out of time, memory, room, connections or parts; read-only or not reachable for now; wrong password: what passes by
    /// itself, or when somebody sees to it, without another request.
    /// </summary>
    static readonly HashSet<int> s_passing =
        [Unknown, 159, 160, 164, 193, 198, 202, 203, 209, 210, 225, 236, 241, 242, 243, 252, 279, 319, 394, 439, 516, 735, 999, 1000, 1002];

    /// <summary>The statement or its data are not understood: it ended before anything was written.</summary>
    static readonly HashSet<int> s_unread = [6, 8, 16, 27, 33, 36, 43, 44, 46, 47, 50, 53, 60, 62, 81, 115, 117, 497, 516];

    internal static FlowStoreException Of(Exception failure, ClickHouseOptions options) => failure switch
    {
        FlowStoreException known => known,
        ClickHouseServerException refused => Of(refused.ErrorCode, refused.Message, options, refused),
        OperationCanceledException => new($"ClickHouse at {options} does not answer within {options.Timeout.TotalSeconds:0} s", true, failure),
        HttpRequestException or IOException => new($"ClickHouse at {options} cannot be reached: {FirstLine(failure.Message)}", true, failure),
        _ => new($"ClickHouse at {options}: {FirstLine(failure.Message)}", false, failure),
    };

    internal static FlowStoreException Of(int code, string message, ClickHouseOptions options, Exception? inner = null)
    {
        var (text, mayPass) = (FirstLine(message), s_passing.Contains(code));
        return code switch
        {
            243 => new($"the disk of ClickHouse at {options} is full: nothing is stored until there is room ({text})", true, inner),
            241 => new($"ClickHouse at {options} needs more memory than it may use: ask for less, or allow it more ({text})", true, inner),
            516 => new($"ClickHouse at {options} does not let the user '{options.User}' in: give the right password ({text})", true, inner),
            497 => new($"ClickHouse at {options}: the user '{options.User}' may not do this; grant what the documents list ({text})", false, inner),
            _ => new($"ClickHouse at {options}: {text}", mayPass, inner),
        };
    }

    /// <summary>Whether nothing of an insert can be there after this.</summary>
    internal static bool WroteNothing(Exception failure) =>
        failure is ClickHouseServerException refused && s_unread.Contains(refused.ErrorCode)
        || failure is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };

    static string FirstLine(string message)
    {
        var text = message.AsSpan().Trim();
        var end = text.IndexOfAny('\n', '\r');
        return (end < 0 ? text : text[..end]).ToString();
    }
}
