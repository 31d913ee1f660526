import Contracts
import Status

let shanghai = Zone(identifier: "Asia/Shanghai")!

func day(_ iso: String) -> CivilDate { CivilDate(iso: iso)! }
func instant(_ text: String) -> Instant { Instant(rfc3339: text)! }

/// Midnight in Shanghai at which the day begins.
func midnight(_ iso: String) -> Instant { shanghai.start(of: day(iso)) }

extension RuleContract {
    static func example(
        hold: Duration = .days(1), dwell: Duration = .days(3), staleAfter: Duration? = nil,
        grace: Duration = .zero, warnBefore: Duration? = nil
    ) -> RuleContract {
        RuleContract(
            atRiskBelow: 950_000, offTrackBelow: 850_000, recoverAbove: 970_000, hold: hold,
            dwell: dwell,
            staleAfter: staleAfter, grace: grace, warnBefore: warnBefore)
    }
}

extension TargetContract {
    static func example(
        kind: Kind = .total, bound: Bound = .atLeast, value: Int64 = 100_000_000,
        valueMax: Int64? = nil,
        tolerance: Int64 = 0, slack: Int64 = 1, scale: Int = 0,
        windowStart: String = "2023-01-01", deadline: String = "2023-12-31",
        trajectory: TrajectoryContract = .linear, rule: RuleContract = .example()
    ) -> TargetContract {
        TargetContract(
            id: "tourism.visitors", sector: "tourism", area: "headline", nameZh: "", nameEn: "",
            kind: kind, bound: bound, value: value, valueMax: valueMax, tolerance: tolerance,
            slack: slack,
            scale: scale, unit: "visits", windowStart: day(windowStart), deadline: day(deadline),
            source: .metric(
                stream: "tourism.arrivals", metric: "tourism.visitors", breakdown: nil, member: nil),
            trajectory: trajectory, rule: rule)
    }

    func yardstick(sourceScale: Int = 0) -> Yardstick {
        Yardstick(self, zone: shanghai, sourceScale: sourceScale)
    }
}
