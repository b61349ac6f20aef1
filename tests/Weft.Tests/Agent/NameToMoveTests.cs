using Weft.Agent.Attachments;
using Weft.Linux;

namespace Weft.Tests.Agent;

public sealed class NameToMoveTests
{
    [Fact]
    public void The_two_sides_of_a_port_never_have_the_same_name()
    {
        var port = Guid.Parse("01a20bb3-9c0e-7624-9822-320cb745e3d1");
        foreach (var digit in "0123456789abcdef")
        {
            var text = port.ToString("N").ToCharArray();
            text[^11] = digit;
            var uid = Guid.ParseExact(text, "N");
            Assert.NotEqual(PortInterface.HostNameOf(uid), Attacher.NameToMove(uid));
        }
    }

    [Fact]
    public void A_name_to_move_is_one_that_the_kernel_takes() =>
        Assert.True(Attacher.NameToMove(Guid.NewGuid()).Length <= 15);
}
