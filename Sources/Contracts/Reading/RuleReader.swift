/// The keys of a `rule` block that were given; those of a later layer win.
internal struct RuleDraft {
    static let keys = [
        "at_risk_below", "off_track_below", "recover_above", "hold", "dwell", "stale_after",
        "grace", "warn_before",
    ]

    private enum Limit {
        case never
        case after(Duration)

        var duration: Duration? { if case .after(let duration) = self { duration } else { nil } }
    }

    private var atRiskBelow: Int64?
    private var offTrackBelow: Int64?
    private var recoverAbove: Int64?
    private var hold: Duration?
    private var dwell: Duration?
    private var stale: Limit?
    private var grace: Duration?
    private var warning: Limit?

    init() {}

    init(_ rule: MappingReader) {
        atRiskBelow = RuleDraft.ratio(rule, "at_risk_below")
        offTrackBelow = RuleDraft.ratio(rule, "off_track_below")
        recoverAbove = RuleDraft.ratio(rule, "recover_above")
        hold = rule.duration("hold")
        dwell = rule.duration("dwell")
        grace = rule.duration("grace")
        stale = RuleDraft.limit(rule, "stale_after")
        warning = RuleDraft.limit(rule, "warn_before")
    }

    mutating func overlay(_ other: RuleDraft) {
        atRiskBelow = other.atRiskBelow ?? atRiskBelow
        offTrackBelow = other.offTrackBelow ?? offTrackBelow
        recoverAbove = other.recoverAbove ?? recoverAbove
        hold = other.hold ?? hold
        dwell = other.dwell ?? dwell
        stale = other.stale ?? stale
        grace = other.grace ?? grace
        warning = other.warning ?? warning
    }

    /// The rule, keys that no layer gave taken from the built-in one. Nil where its thresholds are
    /// in disorder.
    func rule(_ mark: Mark, _ problems: ProblemList) -> RuleContract? {
        let rule = RuleContract(
            atRiskBelow: atRiskBelow ?? 950_000, offTrackBelow: offTrackBelow ?? 850_000,
            recoverAbove: recoverAbove ?? 970_000, hold: hold ?? .days(1), dwell: dwell ?? .days(3),
            staleAfter: stale?.duration, grace: grace ?? .zero, warnBefore: warning?.duration)
        guard rule.offTrackBelow < rule.atRiskBelow, rule.atRiskBelow <= rule.recoverAbove else {
            func text(_ ratio: Int64) -> String { Figure.format(ratio, scale: 6) }
            problems.error(
                mark,
                "the rule has off_track_below \(text(rule.offTrackBelow)), at_risk_below "
                    + "\(text(rule.atRiskBelow)), recover_above \(text(rule.recoverAbove))",
                "keep off_track_below < at_risk_below <= recover_above")
            return nil
        }
        return rule
    }

    /// A duration, or `never`.
    private static func limit(_ rule: MappingReader, _ key: String) -> Limit? {
        if case .scalar("never") = rule.node(key)?.content { return .never }
        return rule.duration(key).map { .after($0) }
    }

    private static func ratio(_ rule: MappingReader, _ key: String) -> Int64? {
        guard let ratio = rule.figure(key, scale: 6) else { return nil }
        guard ratio > 0, ratio <= 2_000_000 else {
            rule.problems.error(
                rule.valueMark(key), "`\(key)` is \(Figure.format(ratio, scale: 6))",
                "write a pace above 0 and up to 2; 1 is exactly on the trajectory")
            return nil
        }
        return ratio
    }
}
