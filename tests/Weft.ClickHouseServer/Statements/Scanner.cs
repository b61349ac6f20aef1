using System.Text;

namespace Weft.ClickHouseServer.Statements;

/// <summary>Finds the words of a statement that are in no parentheses, quotes or comments.</summary>
/// <remarks>Over bytes, because what follows an INSERT's format name is data, not text.</remarks>
ref struct Scanner(ReadOnlySpan<byte> text)
{
    readonly ReadOnlySpan<byte> text = text;
    int depth;
    bool afterDot;

    /// <summary>Where the scan goes on; after <see cref="TryReadWord"/>, the end of the word.</summary>
    public int Position { get; private set; }

    /// <summary>The end of the last thing that was neither space, comment nor semicolon.</summary>
    public int EndOfContent { get; private set; }

    /// <summary>The next word outside of parentheses that is not part of a dotted name, in capitals.</summary>
    public bool TryReadWord(out string word, out int start)
    {
        while (Position < text.Length)
        {
            start = Position;
            if (SkipTrivia())
                continue;
            if (IsWord(text[Position]))
            {
                while (Position < text.Length && IsWord(text[Position]))
                    Position++;
                EndOfContent = Position;
                var dotted = afterDot;
                afterDot = false;
                if (depth > 0 || dotted)
                    continue;
                word = Encoding.UTF8.GetString(text[start..Position]).ToUpperInvariant();
                return true;
            }
            SkipSymbol();
            EndOfContent = Position;
        }
        (word, start) = ("", text.Length);
        return false;
    }

    bool SkipTrivia()
    {
        var rest = text[Position..];
        if (rest[0] <= ' ' || rest[0] == ';')
            Position++;
        else if (rest.StartsWith("--"u8) || rest[0] == '#')
            Position += rest.IndexOf((byte)'\n') is var end and >= 0 ? end + 1 : rest.Length;
        else if (rest.StartsWith("/*"u8))
            Position += rest.IndexOf("*/"u8) is var end and >= 0 ? end + 2 : rest.Length;
        else
            return false;
        return true;
    }

    void SkipSymbol()
    {
        var symbol = text[Position++];
        afterDot = symbol == '.';
        switch (symbol)
        {
            case (byte)'(' or (byte)'[' or (byte)'{':
                depth++;
                break;
            case (byte)')' or (byte)']' or (byte)'}':
                depth--;
                break;
            case (byte)'\'' or (byte)'"' or (byte)'`':
                SkipQuoted(symbol);
                break;
        }
    }

    // A doubled quote ends one quoted piece and begins the next, which comes to the same.
    void SkipQuoted(byte quote)
    {
        while (Position < text.Length && text[Position++] is var symbol && symbol != quote)
            if (symbol == '\\')
                Position = Math.Min(Position + 1, text.Length);
    }

    static bool IsWord(byte symbol) => char.IsAsciiLetterOrDigit((char)symbol) || symbol is (byte)'_' or >= 0x80;
}
