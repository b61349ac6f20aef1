using Weft.Agent.Outside;

namespace Weft.Tests.Agent.Outside;

public sealed class PortSharesTests
{
    [Theory]
    [InlineData("32768\t60999", "1024-32767")]
    [InlineData("1024 30000", "30001-65535")]
    [InlineData("2048 65535", "1024-2047")]
    [InlineData("2047 65535", null)]
    [InlineData("1024 65535", null)]
    [InlineData("500 60000", "60001-65535")]
    public void The_host_keeps_its_own_ports(string setting, string? shared) => Assert.Equal(shared, PortShares.Beside(setting)?.ToString());
}
