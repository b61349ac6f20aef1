using System.Net;

namespace Weft.Model.Addressing;

/// <summary>Addresses from <paramref name="Start"/> to <paramref name="End"/>, both included, of one family.</summary>
public sealed record AddressRange(IPAddress Start, IPAddress End);
