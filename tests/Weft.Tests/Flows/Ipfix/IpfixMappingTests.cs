using Weft.Analytics.Ipfix;
using Weft.Flows;

namespace Weft.Tests.Flows.Ipfix;

public sealed class IpfixMappingTests
{
    [Fact]
    public void Every_field_is_an_element_or_said_to_be_elsewhere()
    {
        var mapped = IpfixMapping.Columns.SelectMany(column => column.Fields).Concat(IpfixMapping.Elsewhere.Keys).ToHashSet();
        Assert.Empty(FlowSchema.Fields.Select(field => field.Name).Except(mapped));
        Assert.Empty(mapped.Except(FlowSchema.Fields.Select(field => field.Name)));
    }

    [Fact]
    public void Own_elements_are_numbered_without_gaps_and_all_of_them_are_sent()
    {
        Assert.Equal(Enumerable.Range(1, WeftElements.All.Count), WeftElements.All.Select(element => (int)element.Id));
        Assert.All(WeftElements.All, element => Assert.StartsWith("weft", element.Name, StringComparison.Ordinal));
        Assert.All(WeftElements.All, element => Assert.EndsWith(".", element.About, StringComparison.Ordinal));
        Assert.Empty(WeftElements.All.Except(IpfixMapping.Columns.Select(column => column.Element)));
    }

    [Theory]
    [InlineData("udp://192.0.2.9", "udp://192.0.2.9:4739", true, 32473u, 1452)]
    [InlineData("udp://[2001:db8::9]:2055?biflow=off&mtu=9000", "udp://[2001:db8::9]:2055", false, 32473u, 8952)]
    [InlineData("tcp://collector.example:4740?enterprise=off", "tcp://collector.example:4740", true, 0u, 16384)]
    [InlineData("tcp://collector.example?enterprise=64000&observer=all", "tcp://collector.example:4739", true, 64000u, 16384)]
    public void A_collector_is_read(string text, string name, bool biflows, uint enterprise, int length)
    {
        Assert.True(IpfixCollector.TryParse(text, out var collector, out var fault), fault);
        Assert.Equal(name, collector.Name);
        Assert.Equal((biflows, enterprise, length), (collector.Format.Biflows, collector.Format.Enterprise, collector.Format.MessageLength));
        Assert.Equal(text.Contains("observer=all", StringComparison.Ordinal), collector.Format.AllObservers);
    }

    [Theory]
    [InlineData("192.0.2.9:4739", "must be a collector")]
    [InlineData("sctp://192.0.2.9:4739", "must be a collector")]
    [InlineData("udp://192.0.2.9/flows", "must be a collector")]
    [InlineData("udp://192.0.2.9?biflow=maybe", "biflow=maybe: must be on or off")]
    [InlineData("udp://192.0.2.9?mtu=500", "mtu=500: must be from 1072 to 65535, with udp")]
    [InlineData("tcp://192.0.2.9?refresh=5", "refresh=5: must be seconds from 1 to 86400, with udp")]
    [InlineData("udp://192.0.2.9?enterprise=0", "enterprise=0: must be a private enterprise number of IANA's, or off")]
    [InlineData("udp://192.0.2.9?colour=red", "colour=red: is not known")]
    public void What_is_no_collector_is_said_to_be_wrong_where_it_is(string text, string fault)
    {
        Assert.False(IpfixCollector.TryParse(text, out _, out var said));
        Assert.Contains(fault, said, StringComparison.Ordinal);
    }
}
