namespace Weft.Proxy.Doors;

/// <summary>Bytes on a wire, counted by whoever moves them.</summary>
sealed class Traffic
{
    long _in;
    long _out;

    internal long BytesIn => Interlocked.Read(ref _in);

    internal long BytesOut => Interlocked.Read(ref _out);

    internal void In(long bytes) => Interlocked.Add(ref _in, bytes);

    internal void Out(long bytes) => Interlocked.Add(ref _out, bytes);
}
