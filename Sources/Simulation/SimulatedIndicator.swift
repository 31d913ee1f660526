package import Contracts

/// One indicator that the statistics offices of the simulated city publish, with its figures through
/// the year: what a scenario's series and a plan's target make of each other.
package struct SimulatedIndicator: Sendable, Equatable {
    /// The days that a figure speaks of.
    package enum Period: Sendable, Equatable {
        case year(Int)
        case quarter(Int, Int)
        case month(Int, Int)
        case day(CivilDate)
    }

    /// One period's figure, as it stands in the end.
    package struct Figure: Sendable, Equatable {
        package var period: Period
        /// The period's last day.
        package var end: CivilDate
        /// In millionths of the unit.
        package var value: Int64
        /// The day on which it is published.
        package var out: CivilDate
        /// Whether a first figure may be a little off, to be revised some weeks later. Not the one
        /// by which the target ends, and not those that are counted one by one.
        package var isRevisable: Bool
    }

    package var id: String
    package var unit: String
    package var basis: IndicatorSeries.Basis
    package var figures: [Figure]
    /// Also published for the districts and counties.
    package var byDivision: Bool
    /// Figures are multiples of it, in millionths of the unit.
    package var step: Int64
    /// What is added up, so that no figure is below the one before.
    package var isSum: Bool
    package var benchmark: IndicatorSeries.Benchmark?
    /// Days on which nothing is delivered: it comes on the day after.
    package var silences: [ClosedRange<CivilDate>]

    /// Nil where the scenario has no series for the target, or the target is fed by events.
    package init?(
        _ target: TargetContract, of plan: PlanContract, in scenario: ScenarioContract, seed: UInt64
    ) {
        guard case .indicator(let stream, let name) = target.source,
            let series = scenario.indicators[name]
        else { return nil }
        let course = SeriesCourse(target: target, plan: plan, series: series, seed: seed)
        id = name
        unit = target.unit
        basis = series.basis
        figures = course.yearsBefore() + course.figures()
        byDivision = series.byDivision
        step = target.figureStep
        isSum = target.kind == .total || target.kind == .milestone
        benchmark = series.benchmark
        silences = scenario.episodes.compactMap { episode in
            guard episode.effect == .silent, episode.stream == stream,
                episode.indicators.isEmpty || episode.indicators.contains(name)
            else { return nil }
            return episode.from...episode.to
        }
    }

    /// All series of a plan's measured targets; an indicator that two targets read has one.
    package static func indicators(
        of plan: PlanContract, in scenario: ScenarioContract, seed: UInt64
    ) -> [SimulatedIndicator] {
        var names: Set<String> = []
        return plan.targets.compactMap { target in
            guard let name = target.indicator, names.insert(name).inserted else { return nil }
            return SimulatedIndicator(target, of: plan, in: scenario, seed: seed)
        }
    }
}
