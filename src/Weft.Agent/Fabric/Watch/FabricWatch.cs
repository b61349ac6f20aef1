using System.Net;

namespace Weft.Agent.Fabric;

/// <summary>Whom to ask next on the fabric, and who no longer answers. Pure: times come from the caller, nothing is sent here.</summary>
/// <remarks>
/// A target is asked at an interval, and as soon as an answer is missing in quick succession. It is silent when a whole
/// <see cref="Patience"/> of questions has no answer while somebody else did answer in the second half of it. So when the
/// node's own link dies, or echoes are filtered from now on, nobody is found silent; and one that has never answered is not
/// judged at all. Two answers in a row bring one back.
/// </remarks>
sealed class FabricWatch
{
    /// <summary>Between two questions to one that answers.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>So long an answer may take before the next question.</summary>
    internal static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    /// <summary>So long somebody may be silent.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Questions a second to those that answer: with more than 250 of them, the interval grows.</summary>
    internal const int Rate = 500;

    /// <summary>Questions a second in all, while many answers are missing.</summary>
    internal const int LargestRate = 1000;

    const int LargestBurst = 50;
    const int FewestQuestions = 4;
    const int AnswersToComeBack = 2;

    readonly Dictionary<IPAddress, Target> _targets = [];
    TimeSpan _lastAnswered = TimeSpan.MinValue; // when it was asked
    TimeSpan _refilled;
    double _allowed = LargestBurst;

    /// <summary>Those whose silence is established, and since when.</summary>
    internal IEnumerable<(IPAddress Address, TimeSpan Since)> Silent =>
        _targets.Where(target => target.Value.IsSilent).Select(target => (target.Key, target.Value.SilentSince));

    /// <summary>Those that have answered, and are not silent.</summary>
    internal IEnumerable<IPAddress> Answering =>
        _targets.Where(target => target.Value is { HasAnswered: true, IsSilent: false }).Select(target => target.Key);

    /// <summary>Those that have never answered: nothing is known of them.</summary>
    internal IEnumerable<IPAddress> Unheard => _targets.Where(target => !target.Value.HasAnswered).Select(target => target.Key);

    TimeSpan Pause => TimeSpan.FromSeconds(Math.Max(Interval.TotalSeconds, (double)_targets.Count / Rate));

    /// <summary>These are watched from now on, and no others.</summary>
    /// <param name="targets">Addresses.</param>
    /// <param name="now">The time.</param>
    /// <param name="chance">From 0 to 1: first questions are spread by it.</param>
    /// <returns>Whether anything but the number of questions changes.</returns>
    internal bool Follow(IReadOnlySet<IPAddress> targets, TimeSpan now, Func<double> chance)
    {
        var gone = _targets.Keys.Where(address => !targets.Contains(address)).ToList();
        gone.ForEach(address => _targets.Remove(address));
        var came = targets.Where(address => !_targets.ContainsKey(address)).ToList();
        foreach (var address in came)
            _targets[address] = new() { Next = now + (Retry * chance()) };
        return gone.Count > 0 || came.Count > 0;
    }

    /// <summary>Those to be asked now; they count as asked.</summary>
    internal List<IPAddress> Ask(TimeSpan now)
    {
        _allowed = Math.Min(LargestBurst, _allowed + ((now - _refilled).TotalSeconds * LargestRate));
        _refilled = now;
        var asked = new List<IPAddress>();
        foreach (var (address, target) in _targets.Where(target => target.Value.Next <= now).OrderBy(target => target.Value.Next))
        {
            if (_allowed < 1)
                break;
            _allowed--;
            asked.Add(address);
            target.Asked(now, target is { HasAnswered: true, IsSilent: false } || target.IsComingBack ? Retry : Pause);
        }
        return asked;
    }

    /// <summary>An answer came.</summary>
    /// <param name="address">Whose.</param>
    /// <param name="asked">When the question was sent that it answers.</param>
    /// <returns>Whether somebody is silent no more, or has answered for the first time.</returns>
    internal bool Answer(IPAddress address, TimeSpan asked)
    {
        if (!_targets.TryGetValue(address, out var target))
            return false;
        _lastAnswered = asked > _lastAnswered ? asked : _lastAnswered;
        return target.Answered(asked, Pause, AnswersToComeBack);
    }

    /// <summary>Finds who is silent by now. What has arrived must have been told before.</summary>
    /// <returns>Whether somebody has become so.</returns>
    internal bool Judge(TimeSpan now)
    {
        var isNews = false;
        foreach (var target in _targets.Values)
        {
            if (!target.HasAnswered || target.IsSilent || !IsOverdue(target, now) || _lastAnswered < target.FirstUnanswered + (Patience / 2))
                continue;
            target.FallSilent();
            isNews = true;
        }
        return isNews;
    }

    /// <summary>Two or more have answered once, and for a while none of them has: this node's own link may be dead.</summary>
    internal bool IsAlone(TimeSpan now) =>
        _targets.Values.Count(target => target.HasAnswered) >= 2
        && _targets.Values.Where(target => target.HasAnswered).All(target => target.IsSilent || IsOverdue(target, now));

    static bool IsOverdue(Target target, TimeSpan now) =>
        target.Unanswered >= FewestQuestions && now - target.FirstUnanswered >= Patience;

    /// <summary>When the next question is due; null: nobody is watched.</summary>
    internal TimeSpan? Next => _targets.Count == 0 ? null : _targets.Values.Min(target => target.Next);

    sealed class Target
    {
        int _answers; // in a row

        public TimeSpan Next { get; set; }

        public bool HasAnswered { get; private set; }

        public bool IsSilent { get; private set; }

        public TimeSpan SilentSince { get; private set; }

        /// <summary>When the first question was sent since the last one that was answered.</summary>
        public TimeSpan FirstUnanswered { get; private set; }

        public int Unanswered { get; private set; }

        public bool IsComingBack => IsSilent && _answers > 0;

        public void Asked(TimeSpan now, TimeSpan pause)
        {
            if (Unanswered++ == 0)
                FirstUnanswered = now;
            else
                _answers = 0;
            Next = now + pause;
        }

        public void FallSilent() => (IsSilent, SilentSince, _answers) = (true, FirstUnanswered, 0);

        /// <returns>Whether it is another than before.</returns>
        public bool Answered(TimeSpan asked, TimeSpan pause, int answersToComeBack)
        {
            if (Unanswered == 0 || !IsSilent && HasAnswered && asked < FirstUnanswered)
                return false; // it is known by a later answer
            Unanswered = 0;
            _answers++;
            var isNews = !HasAnswered;
            if (IsSilent && _answers >= answersToComeBack)
            {
                IsSilent = false;
                isNews = true;
            }
            HasAnswered = true;
            Next = IsSilent ? asked + Retry : asked + pause;
            return isNews;
        }
    }
}
