using Weft.Linux;

namespace Weft.Kernel.Tests;

/// <summary>A named network namespace with its netlink socket, gone at disposal.</summary>
sealed class TestNamespace : IDisposable
{
    internal TestNamespace(string label)
    {
        Sweep.Once();
        Name = RunName.Next(label);
        Ns = NetNs.Create(Name);
        try
        {
            Netlink = Netlink.Open(Ns);
            Netlink.SetUp("lo");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal string Name { get; }

    internal NetNs Ns { get; }

    internal Netlink Netlink { get; } = null!;

    internal string Path => $"/run/netns/{Name}";

    public void Dispose()
    {
        Netlink?.Dispose();
        Ns.Dispose();
        NetNs.Delete(Name);
    }
}
