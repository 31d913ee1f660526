/// What is allowed in a target but hardly meant: warnings of `headway plan check`.
internal struct TargetDoubts {
    let target: TargetContract
    let mapping: MappingReader
    let streams: KnownStreams
    let problems: ProblemList

    var isMeasured: Bool { if case .indicator = target.source { true } else { false } }
    private var days: Int { target.deadline.days(since: target.windowStart) + 1 }
    private var window: Duration { .days(days) }

    func tell() {
        figure()
        source()
        date()
        trajectory()
        thresholds()
        patience()
        silence()
    }

    func warn(_ key: String, _ what: String, _ instead: String) {
        let mark = mapping.has(key) ? mapping.keyMark(key) : mapping.valueMark("id")
        problems.warning(mark, "`\(target.id)`: \(what)", instead)
    }

    private func date() {
        guard target.kind == .milestone, !mapping.has("deadline"), target.rule.warnBefore == nil
        else { return }
        warn(
            "deadline", "the milestone has no date of its own, so it is due on the plan's last day",
            "write `deadline: \(target.deadline.iso)` if that is meant, or `warn_before`")
    }

    // MARK: Trajectory

    private func trajectory() {
        switch (target.kind, target.trajectory) {
        case (.level, .linear), (.growth, .linear), (.delta, .linear):
            warn(
                "trajectory", "a \(target.kind.rawValue) would be expected to begin at 0",
                "write `trajectory: constant`, or a profile from where it is")
        case (.total, .constant) where target.bound == .atLeast:
            warn(
                "trajectory", "the whole total would be expected on the first day",
                "write `trajectory: linear`, or a profile")
        case (.total, .profile(let knots)), (.total, .steps(let knots)):
            if target.bound == .atMost { ceiling(knots) }
        default: break
        }
        guard case .steps(let knots) = target.trajectory, knots.count > 1 else { return }
        let lasting = Duration.days(target.deadline.days(since: knots[0].day))
        if target.rule.hold >= lasting {
            warn(
                "trajectory",
                "what is missed on \(knots[0].day.iso) would not show before the deadline: `hold` "
                    + "is \(target.rule.hold.iso8601), and \(lasting.iso8601) are left",
                "shorten `hold`")
        }
    }

    /// A ceiling that expects little at first finds fault with whoever is within it.
    private func ceiling(_ knots: [TrajectoryContract.Knot]) {
        let isStepped = if case .steps = target.trajectory { true } else { false }
        var before = TrajectoryContract.Knot(
            day: target.windowStart.adding(days: -1), shareMillionths: 0)
        let middle = target.windowStart.adding(days: days / 2)
        for knot in knots {
            if knot.day >= middle {
                let gap = Int64(knot.day.days(since: before.day))
                let gone = Int64(middle.days(since: before.day))
                let rise = knot.shareMillionths - before.shareMillionths
                let share =
                    isStepped && knot.day > middle
                    ? before.shareMillionths
                    : before.shareMillionths + (gap == 0 ? rise : rise * gone / gap)
                guard share < 400_000 else { return }
                return warn(
                    "trajectory",
                    "an `at_most` total that is back-loaded: half-way, more than "
                        + "\(Figure.format(share, scale: 6)) of it would be too much",
                    "write `trajectory: linear`, or shares that are spent at most")
            }
            before = knot
        }
    }

    // MARK: Rule

    private func thresholds() {
        let rule = target.rule
        if rule.atRiskBelow > 1_000_000 {
            warn(
                "rule", "a target exactly on its trajectory would be at risk",
                "write `at_risk_below` up to 1")
        }
        if rule.recoverAbove == rule.atRiskBelow {
            warn(
                "rule", "`recover_above` equals `at_risk_below`, so a status may flap",
                "leave a gap")
        }
    }

    /// Hold, dwell and the days of warning against the window.
    private func patience() {
        let rule = target.rule
        if rule.hold >= window {
            warn(
                "rule", "no worse status would ever be taken: `hold` is \(rule.hold.iso8601)",
                "shorten it: the window has \(window.iso8601)")
        } else if rule.dwell >= window {
            warn(
                "rule", "its first status would be its last: `dwell` is \(rule.dwell.iso8601)",
                "shorten it: the window has \(window.iso8601)")
        } else if rule.hold + rule.dwell >= window {
            warn(
                "rule",
                "`hold` and `dwell` (\(rule.hold.iso8601), \(rule.dwell.iso8601)) "
                    + "fill its whole window",
                "shorten them: the window has \(window.iso8601)")
        }
        if let warning = rule.warnBefore, target.kind == .milestone, warning >= window {
            warn(
                "rule",
                "it would be at risk from its first day: `warn_before` is \(warning.iso8601), "
                    + "its window \(window.iso8601)",
                "write fewer days")
        }
    }

    /// How long nothing may come, and how long after the deadline something may.
    private func silence() {
        let rule = target.rule
        if let stale = rule.staleAfter {
            if stale <= rule.hold {
                warn(
                    "rule",
                    "it would have no data before a worse status is taken: `stale_after` is "
                        + "\(stale.iso8601), `hold` \(rule.hold.iso8601)",
                    "make `stale_after` the longer one")
            }
            if isMeasured, stale < .days(7) {
                warn(
                    "rule",
                    "`stale_after` is \(stale.iso8601), but figures come by the month or quarter",
                    "write more than the time between two figures, such as 45 d")
            }
        }
        if isMeasured, rule.grace == .zero {
            warn(
                "rule", "it is fed by figures, and the last comes after the deadline",
                "write `grace`, how long to wait for it")
        }
        if !isMeasured, rule.grace > .days(7) {
            warn(
                "rule", "`grace` is \(rule.grace.iso8601) although events come at once",
                "write `grace: 0 d`")
        }
    }
}
