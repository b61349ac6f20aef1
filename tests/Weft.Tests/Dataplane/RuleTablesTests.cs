using CsCheck;
using Weft.Dataplane;
using Weft.Dataplane.Abi;

namespace Weft.Tests.Dataplane;

/// <summary>The tables of rules without a kernel: whatever is wanted, whatever fails, and wherever it stops.</summary>
public sealed class RuleTablesTests
{
    const int Addresses = 4, Identities = 3, Tables = 3;

    /// <summary>Who each address is, which table each pair of identities has (0: none), and how often writes fail.</summary>
    sealed record Step(int[] Identity, int[] Table, int FailsAfter);

    static readonly Gen<Step> s_steps = Gen.Select(
        Gen.Int[0, Identities - 1].Array[Addresses], Gen.Int[0, Tables].Array[Identities * Identities], Gen.Int[0, 60],
        (identity, table, fails) => new Step(identity, table, fails));

    [Fact]
    public void At_every_write_each_question_has_the_old_or_the_new_answer_and_in_the_end_all_is_as_wanted() =>
        s_steps.Array[1, 6].Sample(steps =>
        {
            var memory = new Memory();
            Open(memory); // the first state is empty
            var before = memory.Answers();
            foreach (var step in steps)
            {
                var tables = Open(memory); // an agent that lived no longer than its last step
                Want(tables, step);
                var after = Answers(step);
                memory.Watch = () => Assert.True(IsOneOf(memory.Answers(), before, after));
                memory.FailsAfter = step.FailsAfter;
                tables.Apply_NeedsLock();
                memory.FailsAfter = int.MaxValue;
                Assert.True(tables.Apply_NeedsLock().IsClean);
                memory.Watch = () => { };
                Assert.Equal(after, memory.Answers());
                Assert.Empty(tables.InDoubt_NeedsLock);
                Assert.All(tables.Status(), status => Assert.Equal((status.Name, 0), (status.Name, status.Pending)));
                Assert.All(memory.Routes.Values, route => Assert.Equal(route.Identity0, route.Identity1));
                Assert.All(memory.Policies.Values, policy => Assert.Equal(policy.Table0, policy.Table1));
                before = after;
            }
        }, iter: 2000);

    /// <summary>Who the addresses of each prefix outside are (0: no rule names it), and which table each of them has (0: none).</summary>
    sealed record OutsideStep(int[] Identity, int[] Table);

    static readonly System.Net.IPNetwork[] s_regions = [.. ((string[])["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.1.1/32"]).Select(System.Net.IPNetwork.Parse)];
    static readonly System.Net.IPAddress[] s_outside = [.. ((string[])["8.8.8.8", "10.2.0.1", "10.1.2.3", "10.1.1.1"]).Select(System.Net.IPAddress.Parse)];

    [Fact]
    public void At_every_write_each_address_outside_is_what_the_old_or_the_new_prefixes_make_it() =>
        Gen.Select(Gen.Int[0, Identities].Array[s_regions.Length], Gen.Int[0, Tables].Array[Identities], (identity, table) => new OutsideStep(identity, table))
            .Array[1, 6].Sample(steps =>
            {
                var memory = new Memory();
                var tables = Open(memory);
                int[] before = [0, 0, 0, 0];
                foreach (var step in steps)
                {
                    Want(tables, step);
                    int[] after = [.. s_outside.Select(address => TableOf(step, address))];
                    memory.Watch = () => Assert.True(memory.OutsideAnswers() is var now && (now.SequenceEqual(before) || now.SequenceEqual(after)));
                    if (ReferenceEquals(step, steps[0]))
                        memory.Watch = () => { }; // there is nothing yet that could stand in
                    Assert.True(tables.Apply_NeedsLock().IsClean);
                    memory.Watch = () => { };
                    Assert.Equal(after, memory.OutsideAnswers());
                    Assert.All(memory.Routes.Values, route => Assert.Equal(route.Identity0, route.Identity1));
                    before = after;
                }
            }, iter: 2000);

    [Fact]
    public void What_cannot_be_written_lets_nobody_out() =>
        Gen.Select(Gen.Select(Gen.Int[0, Identities].Array[s_regions.Length], Gen.Int[0, Tables].Array[Identities], (identity, table) => new OutsideStep(identity, table)), Gen.Int[0, 40])
            .Array[2, 6].Sample(steps =>
            {
                var memory = new Memory();
                var tables = Open(memory);
                tables.Ports.Set(31, new() { Vni = 7, Flags = PortFlags.Open });
                int[] before = [0, 0, 0, 0];
                foreach (var (step, failsAfter) in steps)
                {
                    Want(tables, step);
                    int[] after = [.. s_outside.Select(address => TableOf(step, address))];
                    memory.Watch = () => Assert.True(
                        !memory.IsOpen(31) || memory.OutsideAnswers().Select((answer, i) => answer == before[i] || answer == after[i]).All(isOne => isOne));
                    if (ReferenceEquals(step, steps[0].Item1))
                        memory.Watch = () => { }; // there is nothing yet that could stand in
                    else
                        memory.FailsAfter = failsAfter;
                    tables.Apply_NeedsLock();
                    memory.FailsAfter = int.MaxValue;
                    Assert.True(tables.Apply_NeedsLock().IsClean);
                    memory.Watch = () => { };
                    Assert.Equal(after, memory.OutsideAnswers());
                    Assert.Empty(tables.InDoubt_NeedsLock);
                    Assert.True(memory.IsOpen(31));
                    before = after;
                }
            }, iter: 3000);

    // The default prefix is always there.
    static int IdentityOf(OutsideStep step, int region) => region == 0 ? Math.Max(1, step.Identity[0]) : step.Identity[region];

    static int TableOf(OutsideStep step, System.Net.IPAddress address) => step.Table[IdentityOf(
        step, Enumerable.Range(0, s_regions.Length).Last(region => IdentityOf(step, region) > 0 && s_regions[region].Contains(address))) - 1];

    static void Want(VrouterTables tables, OutsideStep step)
    {
        var regions = Enumerable.Range(0, s_regions.Length).Where(region => IdentityOf(step, region) > 0).Select(region => KeyValuePair.Create(
            RouteKey.For(9, s_regions[region]), Uplink(IdentityOf(step, region))));
        tables.Routes.Replace(regions.Append(new(RouteKey.For(9, System.Net.IPNetwork.Parse("::/0")), Uplink(IdentityOf(step, 0))))
            .Append(new(Address(1), new() { Action = FlowAction.Remote, Vni = 7, Identity = Identity(9) }))
            .Append(new(RouteKey.For(7, System.Net.IPNetwork.Parse("0.0.0.0/0")), new() { Action = FlowAction.Outside, Vni = 9 })));
        tables.Policies.Replace(Enumerable.Range(1, Identities).Where(identity => step.Table[identity - 1] > 0).Select(identity => KeyValuePair.Create(
            PolicyKey.Of(Identity(9), Identity(identity)), PolicyEntry.Of(Table(step.Table[identity - 1])))));
        tables.Verdicts.Replace(Enumerable.Range(1, Tables).SelectMany(table => Enumerable.Range(0, 3).Select(
            entry => KeyValuePair.Create(VerdictKey.OnePort(Table(table), 6, (ushort)(100 * table + entry)), VerdictEntry.Allow(1, (uint)table)))));

        static RouteEntry Uplink(int identity) => new() { Action = FlowAction.Uplink, Vni = 9, Identity = Identity(identity) };
    }

    // All by the old rules, or all by the new ones; closed where something could not be written.
    static bool IsOneOf(int[] answers, int[] before, int[] after) => IsAtMost(answers, before) || IsAtMost(answers, after);

    static bool IsAtMost(int[] answers, int[] rules) => answers.Zip(rules).All(pair => pair.First == pair.Second || pair.First == 0);

    static VrouterTables Open(Memory memory)
    {
        var tables = new VrouterTables(memory, new Lock());
        tables.MarkInSync_NeedsLock();
        return tables;
    }

    static RouteKey Address(int number) => RouteKey.For(7, new System.Net.IPAddress([10, 0, 0, (byte)number]));

    static ulong Identity(int number) => 0x1d00 + (ulong)number;

    // A table's name is its contents: an allow of one port.
    static ulong Table(int number) => number == 0 ? 0 : 0x7ab1e00 + (ulong)number;

    static void Want(VrouterTables tables, Step step)
    {
        tables.Routes.Replace(step.Identity.Select((identity, address) => KeyValuePair.Create(
            Address(address), new RouteEntry { Action = FlowAction.Remote, Vni = 7, Identity = Identity(identity) })));
        tables.Policies.Replace(Pairs(step).Where(pair => pair.Table > 0).Select(pair => KeyValuePair.Create(
            PolicyKey.Of(Identity(pair.Source), Identity(pair.Destination)), PolicyEntry.Of(Table(pair.Table)))));
        tables.Verdicts.Replace(step.Table.Where(table => table > 0).Distinct().SelectMany(table => Enumerable.Range(0, 3).Select(
            entry => KeyValuePair.Create(
                VerdictKey.OnePort(Table(table), 6, (ushort)(100 * table + entry)), VerdictEntry.Allow(1, (uint)table)))));
    }

    static IEnumerable<(int Source, int Destination, int Table)> Pairs(Step step) =>
        step.Table.Select((table, i) => (i / Identities, i % Identities, table));

    /// <summary>For each pair of addresses: the table that is wanted.</summary>
    static int[] Answers(Step step) =>
    [
        .. from source in Enumerable.Range(0, Addresses)
           from destination in Enumerable.Range(0, Addresses)
           select step.Table[step.Identity[source] * Identities + step.Identity[destination]],
    ];

    /// <summary>What would be the kernel's maps, read as the programs read them.</summary>
    sealed class Memory : ITableSource
    {
        readonly Dictionary<string, object> _maps = [];
        int _writes;

        internal Action Watch { get; set; } = () => { };
        internal int FailsAfter { get => int.MaxValue; set => (_writes, _limit) = (0, value); }

        int _limit = int.MaxValue;

        internal Dictionary<RouteKey, RouteEntry> Routes => Map<RouteKey, RouteEntry>("weft_routes");
        internal Dictionary<PolicyKey, PolicyEntry> Policies => Map<PolicyKey, PolicyEntry>("weft_policies");
        Dictionary<VerdictKey, VerdictEntry> Verdicts => Map<VerdictKey, VerdictEntry>("weft_verdicts");

        public IReconcilerTarget<TKey, TValue> Target<TKey, TValue>(string map) where TKey : unmanaged where TValue : unmanaged =>
            new Table<TKey, TValue>(this, Map<TKey, TValue>(map));

        /// <summary>For each pair of addresses: which table lets it pass; 0: none, or one that is not complete.</summary>
        internal int[] Answers()
        {
            var slot = Map<uint, uint>("weft_epoch").GetValueOrDefault(0u) & 1;
            return
            [
                .. from source in Enumerable.Range(0, Addresses)
                   from destination in Enumerable.Range(0, Addresses)
                   select Answer(source, destination, slot),
            ];
        }

        internal bool IsOpen(uint ifindex) => Map<uint, PortEntry>("weft_ports").TryGetValue(ifindex, out var port) && port.Flags.HasFlag(PortFlags.Open);

        /// <summary>For each address outside: the table of what port 1 opens to it, by the longest prefix.</summary>
        internal int[] OutsideAnswers()
        {
            var slot = Map<uint, uint>("weft_epoch").GetValueOrDefault(0u) & 1;
            return [.. s_outside.Select(address => Enumerable.Range(0, s_regions.Length)
                .Where(region => s_regions[region].Contains(address) && Routes.ContainsKey(RouteKey.For(9, s_regions[region])))
                .Select(region => Answer(Routes.GetValueOrDefault(Address(1)), Routes[RouteKey.For(9, s_regions[region])], slot))
                .LastOrDefault())];
        }

        int Answer(int source, int destination, uint slot) =>
            Routes.TryGetValue(Address(source), out var from) && Routes.TryGetValue(Address(destination), out var to) ? Answer(from, to, slot) : 0;

        int Answer(RouteEntry from, RouteEntry to, uint slot)
        {
            var key = slot == 0 ? PolicyKey.Of(from.Identity0, to.Identity0) : PolicyKey.Of(from.Identity1, to.Identity1);
            if (!Policies.TryGetValue(key, out var policy))
                return 0;
            var table = slot == 0 ? policy.Table0 : policy.Table1;
            var entries = Verdicts.Where(verdict => verdict.Key.Table == table).ToList();
            Assert.True(table == 0 || entries.Count == 3, $"table {table:x} has {entries.Count} entries while a pair leads to it");
            return table == 0 ? 0 : (int)entries[0].Value.Rule;
        }

        Dictionary<TKey, TValue> Map<TKey, TValue>(string name) where TKey : unmanaged =>
            (Dictionary<TKey, TValue>)(_maps.TryGetValue(name, out var map) ? map : _maps[name] = new Dictionary<TKey, TValue>());

        sealed class Table<TKey, TValue>(Memory memory, Dictionary<TKey, TValue> map) : IReconcilerTarget<TKey, TValue>
            where TKey : unmanaged where TValue : unmanaged
        {
            public IEnumerable<KeyValuePair<TKey, TValue>> Read() => [.. map];

            public void Set(TKey key, TValue value) => Write(() => map[key] = value);

            public void Remove(TKey key) => Write(() => map.Remove(key));

            // Every third write after the limit fails; one that does not may be seen at once.
            void Write(Action write)
            {
                if (memory._writes++ >= memory._limit && memory._writes % 3 == 0)
                    throw new IOException("broken");
                write();
                memory.Watch();
            }
        }
    }
}
