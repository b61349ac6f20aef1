using System.Net;
using Weft.Agent.Names;

namespace Weft.Tests.Agent.Names;

public sealed class ResolvConfTests
{
    [Fact]
    public void Servers_and_options_are_read_and_all_else_is_ignored()
    {
        var conf = ResolvConf.Parse("""
            # made by hand
            search example.com
            nameserver 192.0.2.1
              nameserver	2001:db8::1
            nameserver 192.0.2.1
            nameserver nonsense
            options timeout:3 attempts:4 rotate ndots:x
            """);
        Assert.Equal([IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")], conf.Servers);
        Assert.Equal((TimeSpan.FromSeconds(3), 4), (conf.Timeout, conf.Attempts));
    }

    [Fact]
    public void A_file_that_is_not_there_names_no_server()
    {
        var file = new ResolvConfFile("/nonexistent/resolv.conf", TimeProvider.System);
        Assert.Empty(file.Current.Servers);
    }
}
