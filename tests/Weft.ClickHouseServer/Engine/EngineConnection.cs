using System.Runtime.InteropServices;
using System.Text;

namespace Weft.ClickHouseServer.Engine;

/// <summary>A connection to the engine: a session with its own database, settings and temporary tables.</summary>
sealed unsafe class EngineConnection : IDisposable
{
    nint* connection;

    EngineConnection(nint* connection) => this.connection = connection;

    public static EngineConnection Open(IReadOnlyList<string> arguments)
    {
        var argv = (byte**)NativeMemory.AllocZeroed((nuint)arguments.Count + 1, (nuint)sizeof(byte*));
        try
        {
            for (var index = 0; index < arguments.Count; index++)
                argv[index] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[index]);
            var connection = Chdb.chdb_connect(arguments.Count, argv);
            return connection != null && *connection != 0
                ? new(connection)
                : throw new IOException($"the engine did not start with {string.Join(' ', arguments)}");
        }
        finally
        {
            for (var index = 0; index < arguments.Count; index++)
                Marshal.FreeCoTaskMem((nint)argv[index]);
            NativeMemory.Free(argv);
        }
    }

    /// <summary>Runs a statement on the calling thread. Values of parameters are in the escaped form of the HTTP interface.</summary>
    public EngineResult Run(ReadOnlySpan<byte> query, string format, IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        ObjectDisposedException.ThrowIf(connection == null, this);
        using var texts = new Texts(parameters);
        var formatBytes = Encoding.UTF8.GetBytes(format);
        fixed (byte* queryPointer = query, formatPointer = formatBytes)
            return new(Chdb.chdb_query_with_params_n(
                *connection, queryPointer, (nuint)query.Length, formatPointer, (nuint)formatBytes.Length,
                texts.Names, texts.NameLengths, texts.Values, texts.ValueLengths, (nuint)parameters.Count));
    }

    public void Dispose()
    {
        if (connection == null)
            return;
        Chdb.chdb_close_conn(connection);
        connection = null;
    }

    /// <summary>Names and values of parameters, where the engine reads them.</summary>
    readonly ref struct Texts : IDisposable
    {
        readonly int count;

        public Texts(IReadOnlyList<KeyValuePair<string, string>> parameters)
        {
            count = parameters.Count;
            Names = (byte**)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(byte*));
            Values = (byte**)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(byte*));
            NameLengths = (nuint*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(nuint));
            ValueLengths = (nuint*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(nuint));
            for (var index = 0; index < count; index++)
            {
                Names[index] = Utf8(parameters[index].Key, out NameLengths[index]);
                Values[index] = Utf8(parameters[index].Value, out ValueLengths[index]);
            }
        }

        public byte** Names { get; }

        public byte** Values { get; }

        public nuint* NameLengths { get; }

        public nuint* ValueLengths { get; }

        public void Dispose()
        {
            for (var index = 0; index < count; index++)
            {
                Marshal.FreeCoTaskMem((nint)Names[index]);
                Marshal.FreeCoTaskMem((nint)Values[index]);
            }
            NativeMemory.Free(Names);
            NativeMemory.Free(Values);
            NativeMemory.Free(NameLengths);
            NativeMemory.Free(ValueLengths);
        }

        static byte* Utf8(string text, out nuint length)
        {
            length = (nuint)Encoding.UTF8.GetByteCount(text);
            return (byte*)Marshal.StringToCoTaskMemUTF8(text);
        }
    }
}
