/// What is allowed in a target but hardly meant: warnings of `headway plan check`.
internal struct TargetDoubts {
    let target: TargetContract
    let mapping: MappingReader
    /// Those of the plan's title: a name should be in all of them.
    let languages: [String]
    let problems: ProblemList

    private var isMeasured: Bool { if case .indicator = target.source { true } else { false } }
    private var window: Duration { .days(target.deadline.days(since: target.windowStart) + 1) }

    func tell() {
        figuresAndDays()
        rule()
    }

    private func warn(_ key: String, _ what: String, _ instead: String) {
        let mark = mapping.has(key) ? mapping.keyMark(key) : mapping.valueMark("id")
        problems.warning(mark, "`\(target.id)`: \(what)", instead)
    }

    private func figuresAndDays() {
        if target.kind == .milestone, !mapping.has("deadline") {
            warn(
                "deadline",
                "the milestone has no date of its own, so it is due on the plan's last day",
                "write `deadline: \(target.deadline.iso)` if that is meant")
        }
        if target.bound == .about, target.tolerance == 0 {
            warn("tolerance", "only the exact figure would be met", "write a `tolerance` above 0")
        }
        switch (target.kind, target.trajectory) {
        case (.level, .linear), (.growth, .linear), (.delta, .linear):
            warn(
                "trajectory", "a \(target.kind.rawValue) would be expected to begin at 0",
                "write `trajectory: constant`, or a profile from where it is")
        case (.total, .constant) where target.bound == .atLeast:
            warn(
                "trajectory", "the whole total would be expected on the first day",
                "write `trajectory: linear`, or a profile")
        default: break
        }
    }

    private func rule() {
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
        if rule.hold + rule.dwell >= window {
            warn(
                "rule",
                "`hold` and `dwell` (\(rule.hold.iso8601), \(rule.dwell.iso8601)) "
                    + "fill its whole window",
                "shorten them: the window has \(window.iso8601)")
        }
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
        if let warning = rule.warnBefore, target.kind == .milestone, warning >= window {
            warn(
                "rule",
                "it would be at risk from its first day: `warn_before` is \(warning.iso8601), "
                    + "its window \(window.iso8601)",
                "write fewer days")
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
