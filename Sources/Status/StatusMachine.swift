package import Contracts

/// A target's status and its timers: the one place where flapping is prevented. Persisted values go
/// in, a decision comes out; what it holds is all that it knows, so a restart in the middle is no
/// event, and an edit of the plan leaves the timers as they are.
///
///     from                     to                                      when
///     (none), pending, no_data on_track                                at once
///     (none), pending, no_data at_risk, off_track                      deserved for `hold` without
///                                                                      a break; no_data until then
///     any                      pending, no_data, achieved, missed      at once
///     achieved, missed         what pace says                          at once, they were corrected
///     on_track, at_risk        worse       deserved for `hold` without a break, and `dwell` is over
///     at_risk, off_track       better      deserved now, and `dwell` since the last change is over
///
/// A milestone whose date nears deserves `at_risk` at least (`Verdict.nearing`), with any pace or
/// none, and enters it at once. Better needs more than not being worse: `recoverAbove` for on_track, and the same distance above
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
            return enter(
                StatusMachine.entered(pace, rule).orWorse(least), least: least, at: asOf, rule)
        }
        let deserved = StatusMachine.deserved(pace, from: current, rule).orWorse(least)
        let dwelt = since.adding(rule.dwell) <= asOf
        guard let deservedSeverity = deserved.severity, deservedSeverity > severity else {
            candidate = nil
            candidateSince = nil
            return dwelt ? take(deserved, at: asOf) : nil
        }
        let held = hold(deserved, deservedSeverity, at: asOf, rule)
        return dwelt && held.isOver ? take(held.status, at: asOf) : nil
    }

    /// From a status that pace does not decide. What is worse than on_track is held here too, so
    /// that one thin day after the start, or after a silence, is no verdict.
    private mutating func enter(
        _ deserved: TargetStatus, least: TargetStatus, at asOf: Instant, _ rule: RuleContract
    ) -> Change? {
        let isReopened = status == .achieved || status == .missed
        guard !isReopened, let severity = deserved.severity, severity > 0 else {
            return take(deserved, at: asOf)
        }
        let held = hold(deserved, severity, at: asOf, rule)
        if held.isOver { return take(held.status, at: asOf) }
        if least == .atRisk { return take(least, at: asOf) }
        guard status != .noData else { return nil }
        let change = take(.noData, at: asOf)
        candidate = held.status
        candidateSince = asOf
        return change
    }

    /// Notes that something worse is deserved: what has been deserved without a break, and whether
    /// for long enough.
    private mutating func hold(
        _ deserved: TargetStatus, _ severity: Int, at asOf: Instant, _ rule: RuleContract
    ) -> (status: TargetStatus, isOver: Bool) {
        let since = candidateSince ?? asOf
        let isMilder = candidate.flatMap(\.severity).map { $0 < severity } ?? false
        let worse = isMilder ? candidate ?? deserved : deserved
        candidate = worse
        candidateSince = since
        return (worse, since.adding(rule.hold) <= asOf)
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
