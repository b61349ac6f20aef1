using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Rules;

namespace Weft.Compiler;

/// <summary>One policy, router or security group with its rules, who is told of it, and what a running step has changed.</summary>
sealed class RuleSetEntry(Guid uid)
{
    /// <summary>A router's rule is always the same; something has to stand for it.</summary>
    static readonly PolicyRule[] OfRouter = [new() { Id = 1 }];

    readonly RuleTable _rules = new(uid);
    IReadOnlyList<ResourceKey> _networkNames = [];
    NodeRuleSet? _before;
    bool _isTouched;

    public Guid Uid { get; } = uid;

    /// <summary>Null when it is gone.</summary>
    public NodeRuleSet? Record { get; private set; }

    /// <summary>Nodes that are told of it; each network they see that it is attached to is a reason.</summary>
    public Tally<NodeEntry> Viewers { get; } = new();

    /// <inheritdoc cref="RuleTable.Names"/>
    public Tally<ResourceKey> Names => _rules.Names;

    /// <summary>The step has changed which networks it joins, or on whose behalf.</summary>
    public bool JoinsChanged => _rules.JoinsChanged
        || _isTouched && (Record?.Project != _before?.Project || !Attached.SequenceEqual(AttachedBefore));

    /// <summary>Uids of the networks that a policy is attached to.</summary>
    public IEnumerable<Guid> Attached => Record?.Networks ?? [];

    /// <inheritdoc cref="Attached"/>
    public IEnumerable<Guid> AttachedBefore => (_isTouched ? _before : Record)?.Networks ?? [];

    /// <summary>The policy, or router, with its rules; null of a security group, and when it is gone.</summary>
    public RuleSet? ToPolicy() => Record is { IsGroup: false } record ? RuleSet.Of(record, key => _rules.Of(key.Id)) : null;

    /// <summary>Takes over what the next snapshot says.</summary>
    /// <param name="resource">The policy, router or security group; null: it is gone.</param>
    /// <param name="next">Where names are looked up.</param>
    /// <param name="namesMoved">A name that it uses may stand for something else than before.</param>
    public void Place(Resource? resource, Snapshot next, bool namesMoved)
    {
        if (!_isTouched)
            (_before, _isTouched) = (Record, true);
        var record = resource switch
        {
            Policy attaching => RuleSpecs.Of(attaching, next),
            Router joining => RuleSpecs.Of(joining, next),
            SecurityGroup of => RuleSpecs.Of(of),
            _ => null,
        };
        // A name without a project is of the set's.
        namesMoved |= record?.Project != Record?.Project;
        Record = record is not null && record.Equals(Record) ? Record : record;
        if (resource is Policy policy)
            _rules.Place(policy.Rules ?? [], ReaderOf(policy, next), namesMoved);
        else if (resource is SecurityGroup group)
            _rules.Place(group.Rules ?? [], ReaderOf(group, next), namesMoved);
        else if (resource is Router router)
            _rules.Place(OfRouter, new(rule => rule.Id, _ => RuleSpecs.RuleOf(router), _ => []), namesMoved);
        else
            _rules.Clear();
        PlaceNetworkNames([.. NetworksOf(resource)]);
    }

    /// <summary>What the step changed, for those who were told of it before.</summary>
    public NodeDelta Changed(long revision)
    {
        var builder = new NodeDeltaBuilder();
        if (_isTouched && Record is not null && !Record.Equals(_before))
            builder.Set(Record);
        _rules.AddChanges(builder);
        return builder.Build(revision);
    }

    /// <summary>The set with all its rules, for those who have not been told of it before.</summary>
    public NodeDelta All(long revision) => Record is null
        ? NodeDelta.None(revision)
        : NodeDelta.None(revision) with { RuleSets = [Record], Rules = [.. _rules.All] };

    /// <summary>For those who are told of it no more.</summary>
    public NodeDelta None(long revision) =>
        NodeDelta.None(revision) with { RemovedRuleSets = [Uid], RemovedRules = [.. _rules.KeysBefore()] };

    public void ForgetStep()
    {
        (_before, _isTouched) = (null, false);
        _rules.ForgetStep();
    }

    static RuleReader<PolicyRule> ReaderOf(Policy policy, Snapshot next) =>
        new(rule => rule.Id, rule => RuleSpecs.Of(policy, rule, next), rule => RuleSpecs.NamesIn(policy, rule));

    static RuleReader<SecurityGroupRule> ReaderOf(SecurityGroup group, Snapshot next) =>
        new(rule => rule.Id, rule => RuleSpecs.Of(group, rule, next), rule => RuleSpecs.NamesIn(group, rule));

    static IEnumerable<ResourceKey> NetworksOf(Resource? resource) => resource switch
    {
        Policy policy => RuleSpecs.NetworksOf(policy),
        Router router => RuleSpecs.NetworksOf(router),
        _ => [],
    };

    void PlaceNetworkNames(IReadOnlyList<ResourceKey> names)
    {
        foreach (var name in _networkNames)
            Names.Count(name, -1);
        foreach (var name in names)
            Names.Count(name, 1);
        _networkNames = names;
    }
}
