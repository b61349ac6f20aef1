using Weft.Model.Addressing;

namespace Weft.Dataplane.Abi;

public partial struct TraceKey
{
    public static TraceKey Of(MacAddress mac) => new() { Mac = mac };
}
