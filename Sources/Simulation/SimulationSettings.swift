package import Contracts

/// What the simulated city depends on: the same settings give the same bytes.
package struct SimulationSettings: Sendable {
    package var seed: UInt64
    /// The first and the last day in which events happen.
    package var periodStart: CivilDate
    package var periodEnd: CivilDate
    /// How long after the period's end late events, last figures and ticks still come.
    package var daysAfter: Int
    /// Whether the year before the period is sent too, at a tenth of the density.
    package var hasBaseYear: Bool
    /// Events of the period, copies and corrections aside. The city's totals do not depend on it.
    /// Each month of each kind in each division has at least one, and none without a person: so
    /// below some 20,000 there are more than asked for, and above some 80 million fewer.
    package var eventsPerYear: Int
    package var scenario: CityScenario
    package var shares: DisturbanceShares
    /// Partitions that get a tick each hour, by stream: tourism, employment, investment,
    /// measurements.
    package var partitions: [Int]
    package var indicators: [SimulatedIndicator]

    /// The simulated city's own division: Luoyang.
    package static let division: Int32 = 410_300

    package static let newYear2023 = CivilDate(dayNumber: 19_358)

    /// The first simulated day: the base year's where there is one.
    package var start: CivilDate { hasBaseYear ? periodStart.adding(years: -1) : periodStart }

    package init(
        seed: UInt64 = 1, periodStart: CivilDate = SimulationSettings.newYear2023,
        periodEnd: CivilDate = SimulationSettings.newYear2023.adding(days: 364),
        daysAfter: Int = ScenarioContract.daysAfter, hasBaseYear: Bool = true,
        eventsPerYear: Int = 1_000_000, scenario: CityScenario = .standard,
        shares: DisturbanceShares = DisturbanceShares(),
        partitions: [Int] = [4, 4, 4, 1],
        indicators: [SimulatedIndicator] = []
    ) {
        self.seed = seed
        self.periodStart = periodStart
        self.periodEnd = periodEnd
        self.daysAfter = daysAfter
        self.hasBaseYear = hasBaseYear
        self.scenario = scenario
        self.eventsPerYear = min(max(eventsPerYear, 2_000), 100_000_000)
        self.shares = shares
        self.partitions = partitions
        self.indicators = indicators
    }
}

/// How often an event has which fate, in parts of 100,000.
package struct DisturbanceShares: Sendable, Equatable {
    /// Delivered 2 to 25 minutes after the event, behind younger ones.
    package var outOfOrder = 3_000
    /// Delivered hours to weeks after the event.
    package var late = 1_500
    /// Delivered twice.
    package var duplicate = 1_000
    /// First sent with wrong figures, which an event with the true ones takes back.
    package var corrected = 800
    /// Booked once more under another identity, and that one withdrawn.
    package var withdrawn = 200
    /// Records besides the events that no reader can use.
    package var corrupt = 50
    package var tombstone = 10
    /// Events in CloudEvents' binary mode.
    package var binary = 4_000

    package init() {}

    /// Of events, all fates together.
    var sum: Int { outOfOrder + late + duplicate + corrected + withdrawn }

    package static var none: DisturbanceShares {
        var shares = DisturbanceShares()
        shares.outOfOrder = 0
        shares.late = 0
        shares.duplicate = 0
        shares.corrected = 0
        shares.withdrawn = 0
        shares.corrupt = 0
        shares.tombstone = 0
        return shares
    }
}
