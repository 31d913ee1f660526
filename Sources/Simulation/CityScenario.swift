package import Contracts

/// What the city's events add up to and what happens to them: the simulation's part of a scenario.
package struct CityScenario: Sendable, Equatable {
    /// The total of one metric over a period.
    package struct Course: Sendable, Equatable {
        /// Visitors, persons, or fen.
        package var total: Int64
        /// What was promised for the period, in the same unit: only stories ask.
        package var goal: Int64?
        /// Weights of the period's months in order, in any scale; nil leaves them to the city's
        /// seasons.
        package var months: [Int64]?

        package init(_ total: Int64, goal: Int64? = nil, months: [Int64]? = nil) {
            self.total = total
            self.goal = goal
            self.months = months
        }
    }

    /// Weather, a closure, a feed that is silent.
    package struct Episode: Sendable, Equatable {
        package var stream: SimulatedStream
        /// Codes; none means all.
        package var divisions: Set<Int64>
        package var from: CivilDate
        /// Inclusive.
        package var to: CivilDate
        /// Events of those days in parts of 1,000 of what they would be. The city's total of the
        /// month stays: the division's falls, the others and the other days take it over.
        package var factor: Int
        /// What happens is sent on the day after the last, hour by hour.
        package var isSilent: Bool

        package init(
            _ stream: SimulatedStream, divisions: Set<Int64> = [], from: CivilDate, to: CivilDate,
            factor: Int = 1_000, isSilent: Bool = false
        ) {
            self.stream = stream
            self.divisions = divisions
            self.from = from
            self.to = to
            self.factor = factor
            self.isSilent = isSilent
        }
    }

    package var period: [CityMetric: Course]
    package var baseYear: [CityMetric: Course]
    package var episodes: [Episode]
    /// Large single records that turn a status by themselves: see `Story`.
    package var tellsStories: Bool

    package init(
        period: [CityMetric: Course], baseYear: [CityMetric: Course], episodes: [Episode] = [],
        tellsStories: Bool = true
    ) {
        self.period = period
        self.baseYear = baseYear
        self.episodes = episodes
        self.tellsStories = tellsStories
    }

    /// The year when nothing else is said: most goals of luoyang-2023 are met, some barely not.
    package static let standard = CityScenario(
        period: [
            .visitors: Course(105_700_000, goal: 100_000_000),
            .revenue: Course(88_400_000_000_00, goal: 90_000_000_000_00),
            .urbanNewJobs: Course(92_700, goal: 90_000),
            .reemployment: Course(16_400, goal: 17_000),
            .hardshipPlacement: Course(6_200),
            .ruralTransfer: Course(21_400, goal: 20_000),
            .liftedTransfer: Course(211_000, goal: 205_000),
            .returneeEntrepreneurs: Course(8_900, goal: 9_000),
            .graduates: Course(38_000),
            .skillsTraining: Course(291_000),
            .majorProjects: Course(268_000_000_000_00, goal: 260_000_000_000_00),
            .keyProjects: Course(37_600_000_000_00, goal: 40_000_000_000_00),
        ],
        // Assumption: no figures of 2022 are given; tourism was shut for weeks, work was not.
        baseYear: [
            .visitors: Course(71_000_000), .revenue: Course(56_800_000_000_00),
            .urbanNewJobs: Course(87_400), .reemployment: Course(16_900),
            .hardshipPlacement: Course(6_000), .ruralTransfer: Course(20_300),
            .liftedTransfer: Course(204_000), .returneeEntrepreneurs: Course(8_600),
            .graduates: Course(35_500), .skillsTraining: Course(262_000),
            .majorProjects: Course(244_000_000_000_00), .keyProjects: Course(35_100_000_000_00),
        ])
}

/// The metrics whose totals are the scenario's: the names are those of `Topics/streams`.
package enum CityMetric: String, Sendable, CaseIterable {
    case visitors = "tourism.visitors"
    case revenue = "tourism.revenue"
    case urbanNewJobs = "employment.urban-new-jobs"
    case reemployment = "employment.reemployment"
    case hardshipPlacement = "employment.hardship-placement"
    case ruralTransfer = "employment.rural-labour-transfer"
    case liftedTransfer = "employment.lifted-population-transfer"
    case returneeEntrepreneurs = "employment.returnee-entrepreneurs"
    case graduates = "employment.graduates"
    case skillsTraining = "employment.skills-training"
    case disbursed = "investment.disbursed"
    case majorProjects = "investment.major-projects-completed"
    case keyProjects = "investment.industrial-key-projects-completed"

    var isMoney: Bool {
        switch self {
        case .revenue, .disbursed, .majorProjects, .keyProjects: true
        default: false
        }
    }
}
