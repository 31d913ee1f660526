/// What becomes of a plan in a simulated year, as a file of `Topics/scenarios` declares it, with the
/// entries of the scenario that it is based on merged in. Parts and factors are millionths.
package struct ScenarioContract: Sendable, Equatable {
    package var id: String
    package var plan: String
    package var titleZh: String
    package var titleEn: String
    /// By metric of an event stream.
    package var metrics: [String: MetricCourse]
    /// Those of the scenario that this one is based on come first.
    package var episodes: [Episode]
    /// Parts of the events, in millionths. What is absent is as the simulation has it.
    package var disturbances: [Disturbance: Int64]
    /// By indicator of a measurement stream.
    package var indicators: [String: IndicatorSeries]

    /// How long after the plan's period late events and the last figures still come.
    package static let daysAfter = 60

    package enum Disturbance: String, Sendable, CaseIterable {
        case outOfOrder = "out_of_order"
        case late, duplicate, corrected, withdrawn, corrupt, tombstone
    }

    package init(
        id: String, plan: String, titleZh: String, titleEn: String,
        metrics: [String: MetricCourse], episodes: [Episode],
        disturbances: [Disturbance: Int64], indicators: [String: IndicatorSeries]
    ) {
        self.id = id
        self.plan = plan
        self.titleZh = titleZh
        self.titleEn = titleEn
        self.metrics = metrics
        self.episodes = episodes
        self.disturbances = disturbances
        self.indicators = indicators
    }
}

/// The truth of one metric: what the events of the period add up to, large single records and
/// corrections included.
package struct MetricCourse: Sendable, Equatable {
    /// Of the plan's period, in units of the metric's 10^-scale.
    package var total: Int64
    /// The same span a year earlier, in the same units; nil where the scenario does not say.
    package var baseTotal: Int64?
    /// Weights of the period's months; nil: as the simulation's seasons have it.
    package var months: [Int64]?

    package init(total: Int64, baseTotal: Int64?, months: [Int64]?) {
        self.total = total
        self.baseTotal = baseTotal
        self.months = months
    }
}

/// Days on which something is otherwise: weather, a closure, a feed that was lost.
package struct Episode: Sendable, Equatable {
    package enum Effect: Sendable, Equatable {
        /// Figures of those days and divisions weigh so much less or more (millionths) among those
        /// of their month. Totals of months and of the year stay as `metrics` has them.
        case factor(Int64)
        /// Nothing of what happens on those days is delivered before the day after the last, when
        /// all of it comes. Ticks go on: it is the figures that are missing, not the line.
        case silent
    }

    package var stream: String
    /// Division codes; empty: all of them.
    package var divisions: [Int32]
    /// Of a measurement stream; empty: all of them.
    package var indicators: [String]
    package var from: CivilDate
    /// The last day, inclusive.
    package var to: CivilDate
    package var effect: Effect

    package init(
        stream: String, divisions: [Int32], indicators: [String], from: CivilDate, to: CivilDate,
        effect: Effect
    ) {
        self.stream = stream
        self.divisions = divisions
        self.indicators = indicators
        self.from = from
        self.to = to
        self.effect = effect
    }
}

/// How an office publishes an indicator through the year, and what. Figures in millionths of the
/// target's unit.
package struct IndicatorSeries: Sendable, Equatable {
    package enum Cadence: String, Sendable, CaseIterable { case days, months, quarters, years }
    package enum Basis: String, Sendable, CaseIterable { case cumulative, period }

    /// How a series approaches its end, seen against the target's own trajectory.
    package enum Course: String, Sendable, CaseIterable {
        /// Ahead of it, and reached before the deadline.
        case early
        /// Along it.
        case planned
        /// Far behind until September, then catching up in the last quarter.
        case late
        /// Along it until the middle of the window, at a standstill for a season, then catching up.
        case dips
        /// Along it until nothing is added any more.
        case stalls
    }

    package enum Figures: Sendable, Equatable {
        /// One for each period of the cadence within the plan's, nil where none is published. For
        /// `days`, one for each month, spread over its days.
        case values([Int64?])
        /// Along the target's trajectory to this figure.
        case along(end: Int64, Course)
        /// What is reached on which day; progress is reported at the end of each period of the
        /// cadence besides, nothing too. Empty: never.
        case rounds([Round])
    }

    package struct Round: Sendable, Equatable {
        package var day: CivilDate
        package var reached: Int64
        package init(day: CivilDate, reached: Int64) {
            self.day = day
            self.reached = reached
        }
    }

    /// A census or review on whose day all earlier figures are revised: the first ones were this
    /// part (millionths) of those that the scenario gives.
    package struct Benchmark: Sendable, Equatable {
        package var day: CivilDate
        package var firstPart: Int64
        package init(day: CivilDate, firstPart: Int64) {
            self.day = day
            self.firstPart = firstPart
        }
    }

    package var cadence: Cadence
    /// From a period's end, or a round's day, to its publication.
    package var delayDays: Int
    package var basis: Basis
    package var figures: Figures
    /// Numbers (from 1) of the period's periods of which nothing is published: January's figures
    /// come with February's.
    package var skipped: Set<Int>
    /// Figures of the years before, the last one being the year before.
    package var yearsBefore: [Int64]
    package var byDivision: Bool
    /// How far figures may lie off their course, as a part of the goal.
    package var noise: Int64
    package var benchmark: Benchmark?

    package init(
        cadence: Cadence, delayDays: Int, basis: Basis, figures: Figures, skipped: Set<Int>,
        yearsBefore: [Int64], byDivision: Bool, noise: Int64, benchmark: Benchmark?
    ) {
        self.cadence = cadence
        self.delayDays = delayDays
        self.basis = basis
        self.figures = figures
        self.skipped = skipped
        self.yearsBefore = yearsBefore
        self.byDivision = byDivision
        self.noise = noise
        self.benchmark = benchmark
    }
}
