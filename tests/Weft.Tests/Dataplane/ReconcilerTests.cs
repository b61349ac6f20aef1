using CsCheck;
using Weft.Dataplane;

namespace Weft.Tests.Dataplane;

public sealed class ReconcilerTests
{
    readonly MemoryTarget _target = new();
    readonly Reconciler<int, int> _reconciler;

    public ReconcilerTests() => _reconciler = new("numbers", _target);

    /// <summary>One thing that happens to a reconciler or behind its back.</summary>
    enum Step
    {
        Set,
        Remove,
        ReplaceBySome,
        OthersSet,
        OthersRemove,
        Break,
        Mend,
        Apply,
        ReadBack,
        MarkInSync,
    }

    [Fact]
    public void Whatever_happens_the_target_ends_as_desired_and_no_step_does_more_than_it_must()
    {
        var step = Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 7], Gen.Int[0, 3]);
        step.Array[0, 60].Sample(steps =>
        {
            var target = new MemoryTarget();
            var reconciler = new Reconciler<int, int>("numbers", target);
            var desired = new Dictionary<int, int>();
            foreach (var (what, key, value) in steps)
                Take(what, key, value, target, reconciler, desired);

            target.Broken.Clear();
            reconciler.MarkInSync();
            reconciler.ReadBack();
            var differing = Differences(desired, target.Items);
            Assert.Equal(differing, reconciler.Status.Pending);
            Assert.Equal(differing, reconciler.Apply().Applied);
            Assert.Equal(desired, target.Items);
            Assert.Equal((0, 0), (reconciler.Status.Pending, reconciler.Status.Failing));
        }, iter: 2000);
    }

    [Fact]
    public void Nothing_is_removed_before_in_sync()
    {
        _target.Items[1] = 1;
        _reconciler.ReadBack();
        _reconciler.Set(2, 2);

        _reconciler.Apply();

        Assert.Equal([1, 2], _target.Items.Keys.Order());
        Assert.Equal(1, _reconciler.Status.Pending);
        _reconciler.MarkInSync();
        _reconciler.Apply();
        Assert.Equal([2], _target.Items.Keys);
    }

    [Fact]
    public void One_failing_item_does_not_block_others_and_is_tried_again()
    {
        foreach (var key in Enumerable.Range(0, 5))
            _reconciler.Set(key, key);
        _target.Broken.Add(2);

        var result = _reconciler.Apply();

        Assert.Equal(4, result.Applied);
        var failure = Assert.Single(result.Failures);
        Assert.Equal(("numbers", "2", "broken"), (failure.Table, failure.Key, failure.Error.Message));
        Assert.Equal(new PendingItem("2", "2", null, "broken"), Assert.Single(_reconciler.Pending));
        Assert.Equal((1, 1, 4L, 1L), Totals());

        _target.Broken.Clear();
        Assert.Equal(1, _reconciler.Apply().Applied);
        Assert.Equal((0, 0, 5L, 1L), Totals());
        Assert.Empty(_reconciler.Pending);
    }

    [Fact]
    public void A_pass_costs_what_changed_and_not_what_there_is()
    {
        for (var i = 0; i < 100_000; i++)
            _reconciler.Set(i, i);
        _reconciler.Apply();
        _target.Calls = 0;

        _reconciler.Set(5, 50);
        _reconciler.Set(6, 60);
        _reconciler.Set(6, 6);
        _reconciler.Remove(7);
        _reconciler.MarkInSync();

        Assert.Equal(2, _reconciler.Apply().Applied);
        Assert.Equal(2, _target.Calls);
    }

    [Fact]
    public void A_wish_taken_back_before_it_was_applied_leaves_nothing_to_do()
    {
        _reconciler.Set(1, 1);
        _target.Broken.Add(1);
        _reconciler.Apply();

        _reconciler.Remove(1);

        Assert.Equal((0, 0, 0L, 1L), Totals());
        Assert.Empty(_reconciler.Pending);
    }

    (int Pending, int Failing, long Applied, long Failed) Totals()
    {
        var status = _reconciler.Status;
        return (status.Pending, status.Failing, status.AppliedTotal, status.FailedTotal);
    }

    static void Take(
        Step what, int key, int value, MemoryTarget target, Reconciler<int, int> reconciler, Dictionary<int, int> desired)
    {
        switch (what)
        {
            case Step.Set:
                reconciler.Set(key, value);
                desired[key] = value;
                break;
            case Step.Remove:
                Assert.Equal(desired.Remove(key), reconciler.Remove(key));
                break;
            case Step.ReplaceBySome:
                desired.Clear();
                for (var i = 0; i < key; i++)
                    desired[i] = value;
                reconciler.Replace(desired);
                break;
            case Step.OthersSet:
                target.Items[key] = value;
                break;
            case Step.OthersRemove:
                target.Items.Remove(key);
                break;
            case Step.Break:
                target.Broken.Add(key);
                break;
            case Step.Mend:
                target.Broken.Remove(key);
                break;
            case Step.ReadBack:
                reconciler.ReadBack();
                Assert.Equal(target.Items, reconciler.Actual);
                break;
            case Step.MarkInSync:
                reconciler.MarkInSync();
                break;
            default:
                Apply(target, reconciler, desired);
                break;
        }
        Assert.Equal(desired, reconciler.Desired);
        Assert.Equal(Differences(desired, reconciler.Actual), reconciler.Status.Pending);
        Assert.Equal(reconciler.Status.Pending, reconciler.Pending.Count());
    }

    static void Apply(MemoryTarget target, Reconciler<int, int> reconciler, Dictionary<int, int> desired)
    {
        var calls = target.Calls;
        var removals = target.Removals;
        var possible = reconciler.Status.Pending;

        var result = reconciler.Apply();

        Assert.Equal(target.Calls - calls, result.Applied + result.Failures.Count);
        Assert.True(result.Applied + result.Failures.Count <= possible);
        Assert.All(result.Failures, f => Assert.Contains(int.Parse(f.Key), target.Broken));
        if (!reconciler.InSync)
            Assert.Equal(removals, target.Removals);
        foreach (var key in desired.Keys.Where(key => !target.Broken.Contains(key)))
            Assert.Equal(desired[key], reconciler.Actual[key]);
        if (reconciler.InSync)
            Assert.All(reconciler.Actual.Keys, key => Assert.True(desired.ContainsKey(key) || target.Broken.Contains(key)));
    }

    static int Differences(IReadOnlyDictionary<int, int> one, IReadOnlyDictionary<int, int> other) =>
        one.Keys.Union(other.Keys).Count(key =>
            one.TryGetValue(key, out var left) != other.TryGetValue(key, out var right) || left != right);

    /// <summary>A dictionary some of whose keys cannot be written.</summary>
    sealed class MemoryTarget : IReconcilerTarget<int, int>
    {
        internal Dictionary<int, int> Items { get; } = [];
        internal HashSet<int> Broken { get; } = [];
        internal int Calls { get; set; }
        internal int Removals { get; private set; }

        public IEnumerable<KeyValuePair<int, int>> Read() => [.. Items];

        public void Set(int key, int value)
        {
            Check(key);
            Items[key] = value;
        }

        public void Remove(int key)
        {
            Removals++;
            Check(key);
            Items.Remove(key);
        }

        void Check(int key)
        {
            Calls++;
            if (Broken.Contains(key))
                throw new IOException("broken");
        }
    }
}
