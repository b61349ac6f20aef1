using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Weft.Kernel.Tests.Dataplane;

/// <summary>Runs something as nobody, on a thread of its own that ends afterwards.</summary>
static partial class Unprivileged
{
    const int Nobody = 65534;

    internal static void Run(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                // The system call changes this thread only; the C library's function would change all of them.
                Assert.Equal(0, SetResUid(SetResUidNumber, Nobody, Nobody, Nobody));
                action();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    static long SetResUidNumber => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 147 : 117;

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial int SetResUid(long number, long real, long effective, long saved);
}
