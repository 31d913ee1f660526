internal import Contracts

/// One publication of one figure.
struct Reading: Sendable, Equatable {
    var indicator: Int
    var division: Int64
    var period: SimulatedIndicator.Period
    /// The period's last day.
    var end: CivilDate
    var value: Int64
    var revision: Int
    /// The event's time, and when it is delivered: milliseconds since 1970.
    var published: Int64
    var delivered: Int64
    var isCopy = false
}

/// All readings of the year in order of delivery: few enough to lay out at the start.
struct Readings: Sendable {
    let indicators: [SimulatedIndicator]
    let rows: [Reading]

    init(_ settings: SimulationSettings, days: [CityDay]) {
        let indicators = settings.indicators
        var rows: [Reading] = []
        for (place, indicator) in indicators.enumerated() {
            var office = StatisticsOffice(settings, place, indicator)
            office.publish(into: &rows)
        }
        // What would come after the last day is not seen any more.
        let end = days.last.map { Int64($0.number + 1) * 86_400_000 - EventSource.zoneMilliseconds }
        self.indicators = indicators
        self.rows = rows.filter { $0.delivered < end ?? .max }.enumerated().sorted { left, right in
            (left.element.delivered, left.offset) < (right.element.delivered, right.offset)
        }.map(\.element)
    }

    /// Rows delivered from one instant to before another.
    func delivered(from: Int64, to: Int64) -> Range<Int> {
        lowerBound(from)..<lowerBound(to)
    }

    private func lowerBound(_ instant: Int64) -> Int {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].delivered < instant { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Publishes one indicator: first figures, revisions, copies, parts of the city.
struct StatisticsOffice {
    private let place: Int
    private let indicator: SimulatedIndicator
    private let shares: DisturbanceShares
    private var dice: Dice

    init(_ settings: SimulationSettings, _ place: Int, _ indicator: SimulatedIndicator) {
        self.place = place
        self.indicator = indicator
        shares = settings.shares
        dice = Dice(settings.seed ^ 0x4EAD, place, 0)
    }

    mutating func publish(into rows: inout [Reading]) {
        var before: Int64?
        for figure in indicator.figures {
            publish(figure, before: before, into: &rows)
            before = indicator.isSum && indicator.basis == .cumulative ? figure.value : nil
            guard indicator.byDivision else { continue }
            for division in Luoyang.divisions {
                var part = figure
                part.value = self.part(figure.value)
                rows.append(reading(part, division.code))
            }
        }
    }

    /// A division's figure: a rate near the city's, a share of a count.
    private mutating func part(_ value: Int64) -> Int64 {
        if !indicator.isSum { return value + Int64(dice.below(41) - 20) * 100_000 }
        return max(0, value / 1_000_000 * Int64(40 + dice.below(50)) / 1_000) * 1_000_000
    }

    private mutating func publish(
        _ figure: SimulatedIndicator.Figure, before: Int64?, into rows: inout [Reading]
    ) {
        var first = reading(figure, Luoyang.city)
        let draw = dice.below(24)
        let weeks = Int64(21 * 24 + dice.below(48)) * 3_600_000
        var revised: Reading?
        if shares.corrected > 0, let benchmark = indicator.benchmark,
            figure.out < benchmark.day
        {
            first.value = rounded(
                Int128(figure.value) * Int128(benchmark.firstPart) / 1_000_000)
            revised = self.revised(
                first, figure.value, Readings.morning(of: benchmark.day) + Int64(place) * 1_000)
        } else if shares.corrected > 0, draw < 4, figure.isRevisable {
            first.value = firstFigure(figure.value, before: before, isLower: draw < 2)
            if first.value != figure.value {
                revised = self.revised(first, figure.value, first.published + weeks)
            }
        }
        rows.append(first)
        if let revised { rows.append(revised) }
        // Ten times as many copies as among events: offices send their tables again.
        if dice.below(100_000) < min(shares.duplicate * 8, 60_000) {
            var copy = first
            copy.isCopy = true
            copy.delivered += Int64(1 + dice.below(20)) * 3_600_000
            rows.append(copy)
        }
    }

    /// What was known by the day of publication: of a sum, some are not in yet.
    private func firstFigure(_ value: Int64, before: Int64?, isLower: Bool) -> Int64 {
        if indicator.isSum {
            let missing = max(indicator.step, rounded(Int128(value) * 3 / 1_000))
            return max(before ?? 0, value - missing)
        }
        let off = indicator.unit == "percentage_points" ? 20_000 : max(indicator.step, 100_000)
        return isLower ? value - off : value + off
    }

    private func rounded(_ value: Int128) -> Int64 {
        Int64(clamping: value / Int128(indicator.step) * Int128(indicator.step))
    }

    private mutating func revised(_ first: Reading, _ value: Int64, _ instant: Int64) -> Reading {
        var reading = first
        reading.revision = 1
        reading.value = value
        reading.published = instant
        reading.delivered = held(instant + Int64(dice.below(60_000)))
        return reading
    }

    /// Published in a morning; one in nine is delivered only after a day or two.
    private mutating func reading(
        _ figure: SimulatedIndicator.Figure, _ division: Int64
    ) -> Reading {
        let published =
            Readings.morning(of: figure.out) + Int64(dice.below(2 * 3_600)) * 1_000
        let wait =
            dice.chance(1, in: 9)
            ? Int64(20 + dice.below(30)) * 3_600_000 : Int64(dice.below(90_000))
        return Reading(
            indicator: place, division: division, period: figure.period, end: figure.end,
            value: figure.value, revision: 0, published: published,
            delivered: held(published + wait))
    }

    /// What a lost feed would have delivered comes on the day after it is back.
    private mutating func held(_ instant: Int64) -> Int64 {
        for silence in indicator.silences {
            let from = Readings.morning(of: silence.lowerBound) - 9 * 3_600_000
            let back = Readings.morning(of: silence.upperBound.adding(days: 1))
            if instant >= from, instant < back {
                return back + Int64(dice.below(3 * 3_600)) * 1_000
            }
        }
        return instant
    }
}

extension Readings {
    /// Nine o'clock.
    static func morning(of day: CivilDate) -> Int64 {
        Int64(day.dayNumber) * 86_400_000 - EventSource.zoneMilliseconds + 9 * 3_600_000
    }
}
