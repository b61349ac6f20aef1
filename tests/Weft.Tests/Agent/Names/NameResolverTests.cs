using System.Net;
using CsCheck;
using Weft.Agent.Names;
using Weft.Agent.Names.Wire;
using Weft.Agent.State;
using Weft.Model.State;

namespace Weft.Tests.Agent.Names;

public sealed class NameResolverTests
{
    static readonly NodeNetwork Frontend = States.Network("frontend", 100);
    static readonly NodeNetwork Backend = States.Network("backend", 101);
    static readonly NodePort Web1 = States.Port(Frontend, "web-1", ["10.1.0.11", "fd00:1::11"], aliases: ["web", "Shop_1"]);
    static readonly NodePort Web2 = States.Port(Frontend, "web-2", ["10.1.0.12"], node: 2, aliases: ["web"]);
    static readonly NodePort Db = States.Port(Backend, "db", ["10.1.0.11"]);

    static readonly StateIndex Index = States.Index(States.Of([Frontend, Backend], [Web1, Web2, Db]));
    static readonly NameTable Table = NameTable.Empty.Next(Index);

    static DnsAnswer? Ask(
        string name, DnsType type, NodeNetwork? caller = null, int? edns = null, uint rotation = 0, NameTable? table = null)
    {
        Assert.True(DnsQuery.TryParse(DnsClient.Question(name, type, edns), out var query, out _));
        var answer = new byte[DnsWriter.MaxUdpSize];
        var names = (table ?? Table).Find((caller ?? Frontend).Uid);
        var limit = Math.Min(query.UdpSize, DnsWriter.MaxUdpSize);
        return NameResolver.TryAnswer(query, names, rotation, answer, limit, out var length)
            ? DnsClient.Read(answer.AsSpan(0, length))
            : null;
    }

    static string Text(IEnumerable<IPAddress> addresses) => string.Join(' ', addresses.Order(Comparer<IPAddress>.Create(
        (a, b) => string.CompareOrdinal(a.ToString(), b.ToString()))));

    [Fact]
    public void The_name_of_a_load_balancer_stands_for_its_virtual_ips_whoever_else_has_it()
    {
        var balancer = new NodeBalancer(
            Guid.NewGuid(), "default", "web", Frontend.Uid, [IPAddress.Parse("10.1.0.99"), IPAddress.Parse("fd00:1::99")], 0, [], []);
        var state = Index.State with { Balancers = Index.State.Balancers.Add(balancer.Uid, balancer) };
        var table = Table.Next(States.Index(state, Index));

        Assert.Equal("10.1.0.99", Text(Ask("web", DnsType.A, table: table)!.Addresses));
        Assert.Equal("fd00:1::99", Text(Ask("web.frontend.default.weft", DnsType.Aaaa, table: table)!.Addresses));
        Assert.Equal(DnsCode.NoError, Ask("99.0.1.10.in-addr.arpa", DnsType.Ptr, table: table)!.Code);
        Assert.Equal("10.1.0.11", Text(Ask("web-1", DnsType.A, table: table)!.Addresses));
        var without = table.Next(States.Index(Index.State, States.Index(state, Index)));
        Assert.Equal("10.1.0.11 10.1.0.12", Text(Ask("web", DnsType.A, table: without)!.Addresses));
    }

    [Theory]
    [InlineData("web-1", (int)DnsType.A, "10.1.0.11")]
    [InlineData("WEB-1", (int)DnsType.A, "10.1.0.11")]
    [InlineData("web-1", (int)DnsType.Aaaa, "fd00:1::11")]
    [InlineData("web-1", (int)DnsType.Any, "10.1.0.11 fd00:1::11")]
    [InlineData("web-1.frontend", (int)DnsType.A, "10.1.0.11")]
    [InlineData("web-1.frontend.default.weft", (int)DnsType.A, "10.1.0.11")]
    [InlineData("web", (int)DnsType.A, "10.1.0.11 10.1.0.12")]
    [InlineData("shop_1", (int)DnsType.A, "10.1.0.11")]
    public void Names_and_aliases_resolve(string name, int type, string addresses)
    {
        var answer = Ask(name, (DnsType)type);
        Assert.NotNull(answer);
        Assert.Equal((DnsCode.NoError, true, false), (answer.Code, answer.IsAuthoritative, answer.IsTruncated));
        Assert.Equal(addresses, Text(answer.Addresses));
    }

    [Fact]
    public void A_name_without_an_address_of_the_family_exists_all_the_same()
    {
        var answer = Ask("web-2", DnsType.Aaaa);
        Assert.NotNull(answer);
        Assert.Equal(DnsCode.NoError, answer.Code);
        Assert.Empty(answer.Addresses);
    }

    [Theory]
    [InlineData("db")] // of another network
    [InlineData("db.backend")]
    [InlineData("www.example.com")]
    [InlineData("nobody")]
    public void What_is_not_ours_is_left_to_others(string name) => Assert.Null(Ask(name, DnsType.A));

    [Theory]
    [InlineData("db.backend.default.weft")]
    [InlineData("nobody.frontend.default.weft")]
    [InlineData("weft")]
    public void What_is_unknown_in_our_own_zone_does_not_exist(string name) =>
        Assert.Equal(DnsCode.NameError, Ask(name, DnsType.A)?.Code);

    [Fact]
    public void The_same_address_has_another_name_in_another_network()
    {
        Assert.Equal(["web-1.frontend.default.weft"], Ask("11.0.1.10.in-addr.arpa", DnsType.Ptr)!.Names);
        Assert.Equal(["db.backend.default.weft"], Ask("11.0.1.10.in-addr.arpa", DnsType.Ptr, Backend)!.Names);
    }

    [Fact]
    public void Reverse_names_of_IPv6_resolve()
    {
        var name = "1.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.0.0.d.f.ip6.arpa";
        Assert.Equal(["web-1.frontend.default.weft"], Ask(name, DnsType.Ptr)!.Names);
    }

    [Fact]
    public void Reverse_names_within_a_subnet_never_leave_the_node()
    {
        Assert.Equal(DnsCode.NameError, Ask("99.0.1.10.in-addr.arpa", DnsType.Ptr)?.Code);
        Assert.Null(Ask("8.8.8.8.in-addr.arpa", DnsType.Ptr));
    }

    [Fact]
    public void Several_addresses_take_turns_to_be_first()
    {
        var firsts = Enumerable.Range(0, 4).Select(i => Ask("web", DnsType.A, rotation: (uint)i)!.Addresses[0]);
        Assert.Equal(2, firsts.Distinct().Count());
    }

    [Fact]
    public void Callers_that_are_nobody_are_refused() =>
        Assert.Equal(DnsCode.Refused, Ask("web", DnsType.A, States.Network("other", 7))?.Code);

    [Fact]
    public void An_answer_that_does_not_fit_is_cut_at_a_record_and_says_so() =>
        Gen.Select(Gen.Int[1, 120], Gen.Int[512, 1232].Nullable()).Sample((count, edns) =>
        {
            var ports = Enumerable.Range(0, count).Select(i =>
                States.Port(Frontend, $"p{i}", [$"10.1.{i / 250}.{i % 250}"], aliases: ["all"]));
            var table = NameTable.Empty.Next(States.Index(States.Of([Frontend], ports)));
            var answer = Ask("all", DnsType.A, edns: edns, table: table)!;
            var room = ((edns ?? 512) - 12 - 9 - (edns is null ? 0 : 11)) / 16;
            Assert.Equal(Math.Min(count, room), answer.Addresses.Count);
            Assert.Equal(count > room, answer.IsTruncated);
            Assert.Equal(edns is not null, answer.HasEdns);
        });

    [Theory]
    [InlineData("data.to.carry.out.example.com")]
    [InlineData("nobody")]
    [InlineData("8.8.8.8.in-addr.arpa")]
    public void No_question_leaves_an_internal_network(string name)
    {
        var closed = States.Network("closed", 7, isInternal: true);
        var table = NameTable.Empty.Next(States.Index(States.Of([closed], [States.Port(closed, "db", ["10.1.0.11"])])));
        Assert.Equal(DnsCode.NameError, Ask(name, DnsType.A, closed, table: table)?.Code);
        Assert.Equal("10.1.0.11", Text(Ask("db", DnsType.A, closed, table: table)!.Addresses));
    }

    [Fact]
    public void Only_networks_that_changed_are_indexed_anew()
    {
        var next = Table.Next(States.Index(States.Of([Frontend, Backend], [Web1, Web2, Db, States.Port(Backend, "db2", ["10.1.0.13"])]), Index));
        Assert.Same(Table.Find(Frontend.Uid), next.Find(Frontend.Uid));
        Assert.NotSame(Table.Find(Backend.Uid), next.Find(Backend.Uid));
        Assert.Null(Ask("web-2", DnsType.A, table: Table.Next(States.Index(States.Of([Frontend, Backend], [Web1, Db]), Index))));
    }
}
