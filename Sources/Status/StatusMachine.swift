package import Contracts

/// A target's status and its timers: the one place where flapping is prevented. Persisted values go
/// in, a decision comes out; what it holds is all that it knows, so a restart in the middle is no
/// event, and an edit of the plan leaves the timers as they are.
///
///     from                     to                                      when
///     (none), pending, no_data any                                     at once
///     any                      pending, no_data, achieved, missed      at once
///     achieved, missed         what pace says                          at once, they were corrected
///     on_track, at_risk        worse       deserved for `hold` without a break, and `dwell` is over
///     at_risk, off_track       better      deserved now, and `dwell` since the last change is over
///
/// A milestone whose date nears deserves `at_risk` at least (`Verdict.nearing`), with any pace or
/// none. Better needs more than not being worse: `recoverAbove` for on_track, and the same distance above
/// `offTrackBelow` to come from off_track to at_risk.
package struct StatusMachine: Sendable, Equatable {
    package struct Change: Sendable, Equatable {
        package var from: TargetStatus?
        package var to: TargetStatus
        package init(from: TargetStatus?, to: TargetStatus) {
            self.from = from
            self.to = to
        }
    }

    /// Nil before the first evaluation.
    package private(set) var status: TargetStatus?
    /// Plan time of the last change.
    package private(set) var since: Instant?
    /// The mildest worse status that has been deserved at every evaluation since `candidateSince`.
    /// A value that swings between two worse statuses keeps the timer of the milder one: it would
    /// never be taken otherwise.
    package private(set) var candidate: TargetStatus?
    package private(set) var candidateSince: Instant?

    package init() {}

    /// As persisted.
    package init(
        status: TargetStatus, since: Instant, candidate: TargetStatus?, candidateSince: Instant?
    ) {
        self.status = status
        self.since = since
        self.candidate = candidateSince == nil ? nil : candidate
        self.candidateSince = candidate == nil ? nil : candidateSince
    }

    /// One evaluation, in the order of plan time.
    package mutating func judged(
        _ verdict: Verdict, at asOf: Instant, rule: RuleContract
    ) -> Change? {
        let pace: Int64
        // What the date alone makes of it.
        var least = TargetStatus.onTrack
        switch verdict {
        case .pending: return take(.pending, at: asOf)
        case .noData: return take(.noData, at: asOf)
        case .achieved: return take(.achieved, at: asOf)
        case .missed: return take(.missed, at: asOf)
        case .pace(let value): pace = value
        case .nearing(let value):
            pace = value ?? rule.recoverAbove
            least = .atRisk
        }
        guard let current = status, let severity = current.severity, let since else {
            return take(StatusMachine.entered(pace, rule).orWorse(least), at: asOf)
        }
        let deserved = StatusMachine.deserved(pace, from: current, rule).orWorse(least)
        let dwelt = since.adding(rule.dwell) <= asOf
        guard let deservedSeverity = deserved.severity, deservedSeverity > severity else {
            candidate = nil
            candidateSince = nil
            return dwelt ? take(deserved, at: asOf) : nil
        }
        let heldSince = candidateSince ?? asOf
        let held = candidate.flatMap(\.severity).map { $0 < deservedSeverity } ?? false
        let worse = held ? candidate ?? deserved : deserved
        candidate = worse
        candidateSince = heldSince
        return dwelt && heldSince.adding(rule.hold) <= asOf ? take(worse, at: asOf) : nil
    }

    private mutating func take(_ next: TargetStatus, at asOf: Instant) -> Change? {
        candidate = nil
        candidateSince = nil
        guard next != status else { return nil }
        let change = Change(from: status, to: next)
        status = next
        since = asOf
        return change
    }

    /// Without a past that counts: the plain thresholds.
    private static func entered(_ pace: Int64, _ rule: RuleContract) -> TargetStatus {
        if pace < rule.offTrackBelow { return .offTrack }
        return pace < rule.atRiskBelow ? .atRisk : .onTrack
    }

    private static func deserved(
        _ pace: Int64, from current: TargetStatus, _ rule: RuleContract
    ) -> TargetStatus {
        let plain = entered(pace, rule)
        if current == .onTrack || plain == .offTrack || pace >= rule.recoverAbove { return plain }
        let leavesOffTrack = rule.offTrackBelow + (rule.recoverAbove - rule.atRiskBelow)
        return current == .offTrack && pace < leavesOffTrack ? .offTrack : .atRisk
    }
}
