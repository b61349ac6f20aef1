using Weft.Dataplane;

namespace Weft.Kernel.Tests.Dataplane;

/// <summary>A small eBPF file written in the test itself, compiled as the real ones are.</summary>
static class TestObject
{
    const string Head = """
        #include <linux/bpf.h>
        #include <linux/pkt_cls.h>
        #include <bpf/bpf_helpers.h>
        char _license[] SEC("license") = "Dual BSD/GPL";

        """;

    internal static BpfObject Open(string source)
    {
        var folder = Directory.CreateTempSubdirectory("weft-test-");
        try
        {
            var (input, output) = (Path.Combine(folder.FullName, "test.bpf.c"), Path.Combine(folder.FullName, "test.o"));
            File.WriteAllText(input, Head + source);
            Command.Run("clang-19", "-O2", "-g", "-target", "bpf", "-mcpu=v3", "-I/usr/include/x86_64-linux-gnu",
                "-I/usr/include/aarch64-linux-gnu", "-c", input, "-o", output);
            return BpfObject.Open("test", File.ReadAllBytes(output));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
