package import Contracts

extension CityScenario {
    /// What a scenario's file says of the city's events. Metrics that it does not name are those of
    /// the standard year.
    package init(_ contract: ScenarioContract, plan: PlanContract) {
        self = .standard
        for metric in CityMetric.allCases {
            guard let course = contract.metrics[metric.rawValue] else { continue }
            period[metric] = Course(
                course.total, goal: CityScenario.goal(of: metric, in: plan), months: course.months)
            if let base = course.baseTotal {
                baseYear[metric] = Course(CityScenario.wholeYear(base, of: plan))
            }
        }
        episodes = contract.episodes.compactMap { episode in
            guard let stream = SimulatedStream.allCases.first(where: { $0.name == episode.stream }),
                stream != .measurements
            else { return nil }
            let divisions = Set(episode.divisions.map { Int64($0) })
            switch episode.effect {
            case .factor(let millionths):
                return Episode(
                    stream, divisions: divisions, from: episode.from, to: episode.to,
                    factor: Int(millionths / 1_000))
            case .silent:
                return Episode(
                    stream, divisions: divisions, from: episode.from, to: episode.to,
                    isSilent: true)
            }
        }
    }

    /// A contract's base total is of the period's own span a year earlier, the simulated base year
    /// is a whole one: the rest of it is as dense.
    private static func wholeYear(_ total: Int64, of plan: PlanContract) -> Int64 {
        let days = Int128(max(plan.periodEnd.days(since: plan.periodStart) + 1, 1))
        let year = Int128(plan.periodStart.days(since: plan.periodStart.adding(years: -1)))
        return Int64(clamping: Int128(total) * max(year, days) / days)
    }

    /// In units of the metric, where a target of the whole period counts all of it.
    private static func goal(of metric: CityMetric, in plan: PlanContract) -> Int64? {
        let scale = metric.isMoney ? 2 : 0
        for target in plan.targets where target.kind == .total && target.bound == .atLeast {
            guard case .metric(_, metric.rawValue, _, nil) = target.source,
                target.windowStart == plan.periodStart, target.deadline == plan.periodEnd,
                target.scale <= scale
            else { continue }
            var value = Int128(target.value)
            for _ in target.scale..<scale { value *= 10 }
            return Int64(clamping: value)
        }
        return nil
    }
}

extension DisturbanceShares {
    /// Those of the simulation, with what a scenario says instead.
    package init(_ contract: ScenarioContract) {
        self.init()
        func part(_ name: ScenarioContract.Disturbance, _ standard: Int) -> Int {
            contract.disturbances[name].map { Int($0 / 10) } ?? standard
        }
        outOfOrder = part(.outOfOrder, outOfOrder)
        late = part(.late, late)
        duplicate = part(.duplicate, duplicate)
        corrected = part(.corrected, corrected)
        withdrawn = part(.withdrawn, withdrawn)
        corrupt = part(.corrupt, corrupt)
        tombstone = part(.tombstone, tombstone)
    }
}
