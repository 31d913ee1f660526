package import Contracts

/// One indicator that the statistics office of the simulated city publishes, with its path through
/// the year.
package struct SimulatedIndicator: Sendable, Equatable {
    package enum Basis: String, Sendable { case cumulative, period }

    /// One period's figure.
    package struct Figure: Sendable, Equatable {
        /// The last day of the period: month * 100 + day, of the period's first year.
        package var monthDay: Int
        /// In millionths of the unit.
        package var value: Int64
        /// How many years before the simulated one the period lies; its figure then comes out on
        /// `monthDay` of the simulated year.
        package var yearsBefore = 0
        package init(_ monthDay: Int, _ value: Int64, yearsBefore: Int = 0) {
            self.monthDay = monthDay
            self.value = value
            self.yearsBefore = yearsBefore
        }
    }

    package enum Cadence: Sendable { case years, quarters, months, days }

    package var id: String
    package var unit: String
    package var cadence: Cadence
    package var basis: Basis
    /// Days from a period's end to its publication.
    package var delayDays: Int
    package var figures: [Figure]
    /// Also published for the districts and counties.
    package var byDivision: Bool

    package init(
        _ id: String, unit: String, cadence: Cadence, basis: Basis = .cumulative, delayDays: Int,
        figures: [Figure], byDivision: Bool = false
    ) {
        self.id = id
        self.unit = unit
        self.cadence = cadence
        self.basis = basis
        self.delayDays = delayDays
        self.figures = figures
        self.byDivision = byDivision
    }

    static let monthEnds = [131, 228, 331, 430, 531, 630, 731, 831, 930, 1031, 1130, 1231]
    static let quarterEnds = [331, 630, 930, 1231]

    /// Monthly figures in thousandths of the unit; nil where none is published.
    static func monthly(
        _ id: String, unit: String, basis: Basis = .cumulative, delayDays: Int = 17,
        _ thousandths: [Int64?], byDivision: Bool = false
    ) -> SimulatedIndicator {
        var figures: [Figure] = []
        for (end, value) in zip(monthEnds, thousandths) {
            if let value { figures.append(Figure(end, value * 1_000)) }
        }
        return SimulatedIndicator(
            id, unit: unit, cadence: .months, basis: basis, delayDays: delayDays, figures: figures,
            byDivision: byDivision)
    }

    /// New ones of each day, published on the next: a month's sum over its days, most on workdays.
    static func daily(_ id: String, unit: String, _ monthSums: [Int64]) -> SimulatedIndicator {
        func weight(_ day: CityDay) -> Int64 {
            switch day.kind {
            case .workday: 10
            case .weekend: 5
            case .holiday: 1
            }
        }
        let first = SimulationSettings.newYear2023.dayNumber
        let days = (0..<365).map { CityDay(first + $0) }
        let figures = days.map { day in
            let whole = days.reduce(Int64(0)) { $0 + ($1.month == day.month ? weight($1) : 0) }
            return Figure(day.key, monthSums[day.month - 1] * weight(day) / whole * 1_000_000)
        }
        return SimulatedIndicator(
            id, unit: unit, cadence: .days, basis: .period, delayDays: 1, figures: figures)
    }

    static func quarterly(
        _ id: String, unit: String, delayDays: Int = 18, _ thousandths: [Int64]
    ) -> SimulatedIndicator {
        let figures = zip(quarterEnds, thousandths).map { Figure($0, $1 * 1_000) }
        return SimulatedIndicator(
            id, unit: unit, cadence: .quarters, delayDays: delayDays, figures: figures)
    }

    /// Figures reached on days of their own, in whole units: deliveries, openings.
    static func dated(_ id: String, unit: String, _ figures: [(Int, Int64)]) -> SimulatedIndicator {
        SimulatedIndicator(
            id, unit: unit, cadence: .days, delayDays: 1,
            figures: figures.map { Figure($0.0, $0.1 * 1_000_000) })
    }

    /// A path for any target fed by measurements, drawn from the seed: most goals are met, some are
    /// not.
    package init(target: TargetContract, seed: UInt64) {
        var letters: UInt64 = 0
        for byte in target.id.utf8 { letters = letters &* 131 &+ UInt64(byte) }
        var dice = Dice(Dice.mix(seed ^ letters))
        var unit: Int64 = 1
        for _ in 0..<max(0, 6 - target.scale) { unit *= 10 }
        let goal = (target.value + (target.valueMax ?? target.value)) / 2 * unit
        // Between 88 and 112 percent of the goal in the end; the better side is below for upper
        // bounds.
        let end = Int64(target.bound == .atMost ? 1_090 - dice.below(200) : 900 + dice.below(200))
        let grows = target.kind == .total
        if target.kind == .milestone {
            let reached = target.deadline.adding(days: 10 - dice.below(60))
            let (_, month, day) = reached.components
            self = .dated(
                target.id, unit: target.unit, [(month * 100 + day, max(1, goal / 1_000_000))])
            return
        }
        let figures = Self.monthEnds.enumerated().map { place, monthEnd in
            let share = grows ? Int64(place + 1) * end / 12 : end - Int64(11 - place) * 6
            let wobble = Int64(dice.below(17)) - 8
            let exact = Int128(goal) * Int128(share + (grows ? 0 : wobble)) / 1_000
            return Figure(monthEnd, Self.rounded(Int64(exact), target))
        }
        self.init(
            target.id, unit: target.unit, cadence: .months, delayDays: 12 + dice.below(8),
            figures: figures)
    }

    /// Counts are whole, rates have the target's decimals and one more.
    private static func rounded(_ millionths: Int64, _ target: TargetContract) -> Int64 {
        var step: Int64 = 1_000_000
        if target.kind != .total { for _ in 0..<min(6, target.scale + 1) { step /= 10 } }
        return millionths / step * step
    }
}
