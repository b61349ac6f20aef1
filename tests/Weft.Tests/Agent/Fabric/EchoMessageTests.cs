using System.Net;
using CsCheck;
using Weft.Agent.Fabric;

namespace Weft.Tests.Agent.Fabric;

public sealed class EchoMessageTests
{
    static readonly TimeSpan Asked = TimeSpan.FromSeconds(1234.5);

    readonly EchoMessage message = new([1, 2, 3], 777);

    static IPAddress Address(bool isV6, int last = 2) => IPAddress.Parse(isV6 ? $"fd30::{last}" : $"172.30.0.{last}");

    byte[] Question(IPAddress to)
    {
        var question = new byte[EchoMessage.Length];
        message.Write(question, to, Asked);
        return question;
    }

    /// <summary>As a kernel answers: the type alone is another, and the checksum, which a raw socket does not look at.</summary>
    static byte[] AnswerTo(byte[] question, bool isV6)
    {
        var answer = question.ToArray();
        answer[0] = isV6 ? (byte)129 : (byte)0;
        byte[] header = [0x46, .. new byte[23]]; // with an option
        return isV6 ? answer : [.. header, .. answer];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_answer_says_when_its_question_was_asked(bool isV6)
    {
        var question = Question(Address(isV6));
        Assert.Equal(isV6 ? 128 : 8, question[0]);
        Assert.Equal(Asked, message.Read(AnswerTo(question, isV6), Address(isV6)));
    }

    [Fact]
    public void The_checksum_of_icmp_is_right()
    {
        var sum = Question(Address(false)).Chunk(2).Sum(pair => (pair[0] << 8) + pair[1]);
        Assert.Equal(0xffff, (sum & 0xffff) + (sum >> 16));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_another_host_was_asked_is_no_answer_of_this_one(bool isV6) =>
        Assert.Null(message.Read(AnswerTo(Question(Address(isV6)), isV6), Address(isV6, 3)));

    [Fact]
    public void A_question_is_no_answer() =>
        Assert.Null(message.Read([0x45, .. new byte[19], .. Question(Address(false))], Address(false)));

    [Fact]
    public void Answers_to_another_process_are_not_taken()
    {
        var answer = AnswerTo(Question(Address(false)), false);
        Assert.Null(new EchoMessage([3, 2, 1], 777).Read(answer, Address(false)));
        Assert.Null(new EchoMessage([1, 2, 3], 778).Read(answer, Address(false)));
    }

    [Fact]
    public void A_changed_time_breaks_the_seal()
    {
        var answer = AnswerTo(Question(Address(true)), true);
        answer[10] ^= 1;
        Assert.Null(message.Read(answer, Address(true)));
    }

    [Fact]
    public void Anything_may_come() => Gen.Select(Gen.Byte.Array[0, 80], Gen.Bool).Sample((packet, isV6) =>
        message.Read(packet, Address(isV6)) is null);
}
