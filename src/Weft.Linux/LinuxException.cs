using System.Runtime.InteropServices;

namespace Weft.Linux;

/// <summary>A system call or a kernel request failed.</summary>
public sealed class LinuxException : IOException
{
    /// <param name="operation">What was tried, as a person would say it: "create link weft0".</param>
    /// <param name="errno">The positive error number; see <see cref="Interop.Errno"/>.</param>
    /// <param name="detail">What the kernel said beyond the number (netlink's extended acknowledgement).</param>
    public LinuxException(string operation, int errno, string? detail = null)
        : base(Describe(operation, errno, detail))
    {
        Operation = operation;
        Errno = errno;
        Detail = detail;
    }

    public string Operation { get; }

    /// <summary>The positive error number.</summary>
    public int Errno { get; }

    public string? Detail { get; }

    /// <summary>
    /// Hands back a result that is not negative; otherwise throws with the calling thread's errno. The only place
    /// that reads errno: call it right after the P/Invoke (declared with <c>SetLastError = true</c>).
    /// </summary>
    public static int ThrowIfNegative(int result, string operation, string? detail = null) =>
        result >= 0 ? result : throw new LinuxException(operation, Marshal.GetLastPInvokeError(), detail);

    /// <inheritdoc cref="ThrowIfNegative(int, string, string?)"/>
    public static long ThrowIfNegative(long result, string operation, string? detail = null) =>
        result >= 0 ? result : throw new LinuxException(operation, Marshal.GetLastPInvokeError(), detail);

    /// <summary>The text of the C library for an error number.</summary>
    public static string Text(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    /// <summary>The calling thread's last error, for callers that go on after some of them.</summary>
    internal static LinuxException Last(string operation) => new(operation, Marshal.GetLastPInvokeError());

    static string Describe(string operation, int errno, string? detail) =>
        string.IsNullOrEmpty(detail)
            ? $"{operation}: {Text(errno)} (errno {errno})"
            : $"{operation}: {detail}: {Text(errno)} (errno {errno})";
}
