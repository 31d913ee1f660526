internal import Contracts

/// One publication of one figure.
struct Reading: Sendable {
    var indicator: Int
    var division: Int64
    /// The period's last day.
    var end: CityDay
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
        let year = settings.periodStart.components.year
        var rows: [Reading] = []
        for (place, indicator) in indicators.enumerated() {
            var dice = Dice(settings.seed ^ 0x4EAD, place, 0)
            for figure in indicator.figures {
                guard let day = days.first(where: { $0.year == year && $0.key == figure.monthDay }),
                    let last = CivilDate(year: year - figure.yearsBefore, month: 12, day: 31)
                else { continue }
                var city = Self.reading(place, indicator, figure, day, Luoyang.city, &dice)
                let end = figure.yearsBefore > 0 ? CityDay(last.dayNumber) : day
                city.end = end
                rows.append(city)
                Self.disturb(city, indicator, settings.shares, &dice, &rows)
                guard indicator.byDivision else { continue }
                for division in Luoyang.divisions {
                    var part = figure
                    part.value = Self.part(figure.value, indicator, &dice)
                    rows.append(Self.reading(place, indicator, part, end, division.code, &dice))
                }
            }
        }
        self.indicators = indicators
        self.rows = rows.enumerated().sorted { left, right in
            (left.element.delivered, left.offset) < (right.element.delivered, right.offset)
        }.map(\.element)
    }

    /// A division's figure: a rate near the city's, a share of a count.
    private static func part(_ value: Int64, _ indicator: SimulatedIndicator, _ dice: inout Dice)
        -> Int64
    {
        if indicator.unit == "percent" { return value + Int64(dice.below(41) - 20) * 100_000 }
        return max(0, value / 1_000_000 * Int64(40 + dice.below(50)) / 1_000) * 1_000_000
    }

    /// Published on a later morning; one in nine is delivered only after a day or two.
    private static func reading(
        _ place: Int, _ indicator: SimulatedIndicator, _ figure: SimulatedIndicator.Figure,
        _ end: CityDay,
        _ division: Int64, _ dice: inout Dice
    ) -> Reading {
        let day = Int64(end.number) + Int64(indicator.delayDays + dice.below(3))
        let published =
            day * 86_400_000 - EventSource.zoneMilliseconds
            + Int64(9 * 3_600 + dice.below(2 * 3_600)) * 1_000
        let wait =
            dice.chance(1, in: 9)
            ? Int64(20 + dice.below(30)) * 3_600_000 : Int64(dice.below(90_000))
        return Reading(
            indicator: place, division: division, end: end, value: figure.value, revision: 0,
            published: published, delivered: published + wait)
    }

    /// Every sixth figure of the city is revised three weeks later; some are sent twice.
    private static func disturb(
        _ reading: Reading, _ indicator: SimulatedIndicator, _ shares: DisturbanceShares,
        _ dice: inout Dice,
        _ rows: inout [Reading]
    ) {
        let draw = dice.below(24)
        if shares.corrected > 0, draw < 4,
            indicator.cadence == .months || indicator.cadence == .quarters
        {
            var revised = reading
            revised.revision = 1
            revised.published += Int64(21 * 24 + dice.below(48)) * 3_600_000
            revised.delivered = revised.published + Int64(dice.below(60_000))
            let step: Int64 =
                switch indicator.unit {
                case "percent": 100_000
                case "percentage_points": 20_000
                default: max(1_000_000, reading.value / 200_000_000 * 1_000_000)
                }
            revised.value += dice.chance(1, in: 2) ? step : -step
            rows.append(revised)
        } else if shares.duplicate > 0 && draw < 6 {
            var copy = reading
            copy.isCopy = true
            copy.delivered += Int64(1 + dice.below(20)) * 3_600_000
            rows.append(copy)
        }
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

extension EventWriter {
    func write(
        _ reading: Reading, of indicator: SimulatedIndicator, into record: inout SimulatedRecord
    ) {
        record.stream = .measurements
        record.isTombstone = false
        record.partition = nil
        record.headers = Self.structured
        record.key.removeAll(keepingCapacity: true)
        record.key.add(Array(indicator.id.utf8))
        record.value.removeAll(keepingCapacity: true)
        record.value.add("{\"specversion\":\"1.0\",\"id\":\"ms-")
        record.value.add(Array(indicator.id.utf8))
        record.value.add("-")
        record.value.add(number: reading.division)
        record.value.add("-")
        add(period: reading.end, indicator.cadence, to: &record.value)
        record.value.add("-r")
        record.value.add(number: Int64(reading.revision))
        record.value.add(
            "\",\"source\":\"/luoyang/statistics\",\"type\":\"sector.measurement.v1\",\"time\":\"")
        add(time: reading.published, .local, to: &record.value)
        record.value.add("\",\"datacontenttype\":\"application/json\",\"data\":{\"indicator\":\"")
        record.value.add(Array(indicator.id.utf8))
        record.value.add("\",\"division\":\"")
        record.value.add(number: reading.division)
        record.value.add("\",\"period\":\"")
        add(period: reading.end, indicator.cadence, to: &record.value)
        record.value.add("\",\"value\":")
        record.value.add(decimal: reading.value, scale: 6)
        record.value.add(",\"unit\":\"")
        record.value.add(Array(indicator.unit.utf8))
        record.value.add("\"")
        if indicator.basis == .period { record.value.add(",\"basis\":\"period\"") }
        if reading.revision > 0 {
            record.value.add(",\"revision\":")
            record.value.add(number: Int64(reading.revision))
        }
        record.value.add("}}")
    }

    private func add(
        period end: CityDay, _ cadence: SimulatedIndicator.Cadence, to text: inout [UInt8]
    ) {
        text.add(number: Int64(end.year), width: 4)
        if cadence == .years { return }
        text.add("-")
        switch cadence {
        case .years: break
        case .months:
            text.add(number: Int64(end.month), width: 2)
        case .quarters:
            text.add("Q")
            text.add(number: Int64((end.month + 2) / 3))
        case .days:
            text.add(number: Int64(end.month), width: 2)
            text.add("-")
            text.add(number: Int64(end.day), width: 2)
        }
    }
}
