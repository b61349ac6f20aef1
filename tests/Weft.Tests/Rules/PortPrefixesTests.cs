using CsCheck;
using Weft.Rules.Tables;

namespace Weft.Tests.Rules;

public sealed class PortPrefixesTests
{
    static readonly Gen<PortCell[]> Cells = Gen.Select(Gen.Int[1, 65535], Gen.Int[0, 3]).List[0, 12].Select(cuts =>
        new[] { new PortCell(0, 0) }.Concat(cuts.DistinctBy(cut => cut.Item1).OrderBy(cut => cut.Item1).Select(cut => new PortCell(cut.Item1, cut.Item2))).ToArray());

    [Fact]
    public void The_longest_prefix_of_a_port_has_its_answer() =>
        Gen.Select(Cells, Gen.Int[-1, 3]).Sample((cells, inherited) =>
        {
            var prefixes = Cut(cells, inherited);
            foreach (var port in cells.SelectMany(cell => (int[])[cell.First, cell.First - 1, cell.First + 1]).Where(port => port is >= 0 and <= 65535))
            {
                var expected = cells.Last(cell => cell.First <= port).Answer;
                var longest = prefixes.Where(prefix => port >> 16 - prefix.Bits == prefix.Port >> 16 - prefix.Bits)
                    .OrderBy(prefix => prefix.Bits).Select(prefix => (int?)prefix.Answer).LastOrDefault();
                Assert.Equal(expected, longest ?? inherited);
            }
        }, iter: 2000);

    [Fact]
    public void One_port_apart_from_the_rest_is_two_prefixes() =>
        Assert.Equal(
            [(0, 0, 0), (514, 16, 1)],
            Cut([new(0, 0), new(514, 1), new(515, 0)], -1).Select(prefix => ((int)prefix.Port, (int)prefix.Bits, prefix.Answer)));

    [Fact]
    public void What_is_inherited_is_not_said_again() => Assert.Single(Cut([new(0, 0), new(514, 1), new(515, 0)], 0));

    static List<(ushort Port, byte Bits, int Answer)> Cut(PortCell[] cells, int inherited)
    {
        var prefixes = new List<(ushort, byte, int)>();
        PortPrefixes.Cut(cells, inherited, (port, bits, answer) => prefixes.Add((port, bits, answer)));
        return prefixes;
    }
}
