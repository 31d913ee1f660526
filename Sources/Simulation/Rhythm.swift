internal import Contracts

/// How a stream's events spread over the hours of each month: season, week, holidays, weather,
/// episodes, time of day.
struct Rhythm: Sendable {
    let calendar: CityCalendar
    /// By division and day: sums of weights before the day, one more than there are days.
    private let sums: [Int64]
    /// By division and span: weights without episodes, of which the city's seasons are made.
    private let usual: [Int64]
    /// By curve and hour: sums before the hour, 25 a curve.
    private let hours: [Int64]
    private let curves: [Int]

    init(
        _ stream: SimulatedStream, _ calendar: CityCalendar, weights: DayWeight,
        episodes: [CityScenario.Episode]
    ) {
        self.calendar = calendar
        var sums: [Int64] = []
        var usual: [Int64] = []
        for (place, division) in Luoyang.divisions.enumerated() {
            let own = episodes.filter {
                $0.stream == stream
                    && ($0.divisions.isEmpty || $0.divisions.contains(division.code))
            }
            var sum: Int64 = 0
            sums.append(0)
            usual.append(contentsOf: calendar.spans.map { _ in 0 })
            for day in 0..<calendar.eventDays {
                var weight = weights.weight(calendar.days[day], place: day, division: place)
                usual[place * calendar.spans.count + calendar.spanOfDay[day]] += weight
                let date = CivilDate(dayNumber: calendar.days[day].number)
                for episode in own where episode.from <= date && date <= episode.to {
                    // Never nothing at all: a month that is closed throughout keeps its total.
                    weight = weight * Int64(max(episode.factor, 0)) / 1_000
                    weight = min(max(weight, 1), DayWeight.most)
                }
                sum += weight
                sums.append(sum)
            }
        }
        self.sums = sums
        self.usual = usual
        hours = Rhythm.curveHours.flatMap { curve -> [Int64] in
            var sums: [Int64] = [0]
            for part in curve { sums.append(sums[sums.count - 1] + part) }
            return sums
        }
        curves = Luoyang.divisions.map {
            stream == .tourism ? ($0.landscape == .oldTown ? 1 : 0) : 2
        }
    }

    /// The weights of a span's days in a division as they would be without episodes, summed.
    func usualDays(span: Int, division: Int) -> Int64 {
        usual[division * calendar.spans.count + span]
    }

    /// The weights of a span's days in a division, summed.
    func days(span: CityCalendar.Span, division: Int) -> Int64 {
        let row = division * (calendar.eventDays + 1)
        return sums[row + span.days.upperBound] - sums[row + span.days.lowerBound]
    }

    /// The weight of all hours of a span in a division: at most 31 days of `DayWeight.most` and
    /// 2^11, below 2^34.
    func whole(span: CityCalendar.Span, division: Int) -> Int64 {
        days(span: span, division: division) * hours[curves[division] * 25 + 24]
    }

    /// The weight of the span's hours before one of them (0 is the simulation's first), and of
    /// that one with them.
    func before(hour: Int, span: CityCalendar.Span, division: Int) -> (Int64, Int64) {
        let day = hour / 24
        let row = division * (calendar.eventDays + 1)
        let curve = curves[division] * 25
        let days = (sums[row + day] - sums[row + span.days.lowerBound]) * hours[curve + 24]
        let own = sums[row + day + 1] - sums[row + day]
        return (
            days + own * hours[curve + hour % 24], days + own * hours[curve + hour % 24 + 1]
        )
    }

    /// Of visits, of visits to the old town with its lantern-lit evenings, of office work.
    private static let curveHours: [[Int64]] = [
        [
            2, 1, 1, 1, 1, 2, 6, 20, 48, 80, 95, 90, 78, 82, 90, 88, 76, 60, 52, 48, 40, 28, 14, 6,
        ],
        [
            5, 2, 1, 1, 1, 2, 5, 14, 36, 58, 70, 72, 70, 70, 74, 76, 78, 84, 98, 110, 104, 72, 36,
            14,
        ],
        [0, 0, 0, 0, 0, 0, 0, 2, 30, 85, 95, 80, 25, 40, 85, 95, 85, 45, 12, 3, 0, 0, 0, 0],
    ]
}
