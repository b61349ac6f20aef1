using System.Numerics;

namespace Weft.Dataplane.Abi;

public partial struct Counter : IAdditionOperators<Counter, Counter, Counter>
{
    public static Counter operator +(Counter left, Counter right) =>
        new() { Packets = left.Packets + right.Packets, Bytes = left.Bytes + right.Bytes };
}
