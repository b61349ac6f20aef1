using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Weft.Agent.Names.Wire;

namespace Weft.Agent.Names;

/// <summary>Decides on a question: an answer of ours, or none because others must be asked.</summary>
static class NameResolver
{
    /// <summary>Writes the answer to <paramref name="answer"/>. False: ask the host's resolvers.</summary>
    /// <param name="query">Well formed.</param>
    /// <param name="names">Of the caller's network; null: the caller is unknown.</param>
    /// <param name="rotation">Where to start in a list of several addresses.</param>
    /// <param name="answer">Room for the answer.</param>
    /// <param name="limit">Most octets of it.</param>
    /// <param name="length">Octets written.</param>
    internal static bool TryAnswer(
        in DnsQuery query, NetworkNames? names, uint rotation, Span<byte> answer, int limit, out int length)
    {
        length = 0;
        if (query.Class is not (DnsClass.Internet or DnsClass.Any))
            return Empty(query, DnsCode.Refused, answer, limit, out length);
        if (names is null)
            return Empty(query, DnsCode.Refused, answer, limit, out length);
        if (query.Name is not { } name)
            return IsClosed(query, names, answer, limit, out length);
        if (ReverseName.TryParse(name, out var address))
            return TryAnswerReverse(query, names, address, answer, limit, out length);
        var addresses = names.Resolve(name);
        if (!addresses.IsEmpty)
            return Addresses(query, addresses, rotation, answer, limit, out length);
        // Below our own zone nobody else knows better.
        if (name == NameTable.Zone || name.EndsWith("." + NameTable.Zone, StringComparison.Ordinal))
            return Empty(query, DnsCode.NameError, answer, limit, out length);
        return IsClosed(query, names, answer, limit, out length);
    }

    /// <summary>
    /// Out of an internal network no question goes either: names of one's own making would carry data out (as
    /// CVE-2024-29018 was for Docker).
    /// </summary>
    static bool IsClosed(in DnsQuery query, NetworkNames names, Span<byte> answer, int limit, out int length)
    {
        length = 0;
        return names.IsInternal && Empty(query, DnsCode.NameError, answer, limit, out length);
    }

    /// <summary>An answer without records. Always true.</summary>
    internal static bool Empty(in DnsQuery query, DnsCode code, Span<byte> answer, int limit, out int length)
    {
        var authoritative = code is DnsCode.NoError or DnsCode.NameError;
        length = new DnsWriter(answer, limit, query, code, authoritative).Finish();
        return true;
    }

    static bool Addresses(
        in DnsQuery query, ImmutableArray<IPAddress> addresses, uint rotation, Span<byte> answer, int limit, out int length)
    {
        var writer = new DnsWriter(answer, limit, query, DnsCode.NoError, authoritative: true);
        for (var i = 0; i < addresses.Length; i++)
        {
            var address = addresses[(int)((rotation + (uint)i) % (uint)addresses.Length)];
            var type = address.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa;
            if (query.Type == type || query.Type == DnsType.Any)
                writer.Address(address);
        }
        length = writer.Finish();
        return true;
    }

    static bool TryAnswerReverse(
        in DnsQuery query, NetworkNames names, IPAddress address, Span<byte> answer, int limit, out int length)
    {
        if (names.NameOf(address) is not { } name)
            return names.Owns(address)
                ? Empty(query, DnsCode.NameError, answer, limit, out length)
                : IsClosed(query, names, answer, limit, out length);
        var writer = new DnsWriter(answer, limit, query, DnsCode.NoError, authoritative: true);
        if (query.Type is DnsType.Ptr or DnsType.Any)
            writer.Pointer(name);
        length = writer.Finish();
        return true;
    }
}
