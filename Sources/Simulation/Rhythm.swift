internal import Contracts

/// How a stream's events spread over the hours of the period: season, week, holidays, time of day.
struct Rhythm: Sendable {
    let events: Int
    /// Sums of weights before each hour; one more than there are hours.
    private let cumulative: [Int64]

    /// The weight of each day and month in between, for the values' own paths.
    let monthWeights: [Int64]

    init(_ stream: SimulatedStream, days: [CityDay], events: Int) {
        self.events = events
        var cumulative: [Int64] = [0]
        cumulative.reserveCapacity(days.count * 24 + 1)
        var months = [Int64](repeating: 0, count: 13)
        var sum: Int64 = 0
        for day in days {
            let weight = Self.dayWeight(stream, day)
            for hour in 0..<24 {
                let part = weight * Self.hourWeights(stream)[hour]
                sum += part
                months[day.month] += part
                cumulative.append(sum)
            }
        }
        self.cumulative = cumulative
        monthWeights = months
    }

    /// Events of the hour (0 is the period's first); none outside the period.
    func count(hour: Int) -> Int {
        guard hour >= 0, hour + 1 < cumulative.count, let total = cumulative.last, total > 0 else {
            return 0
        }
        let before = Int128(events) * Int128(cumulative[hour]) / Int128(total)
        let after = Int128(events) * Int128(cumulative[hour + 1]) / Int128(total)
        return Int(after - before)
    }

    private static func dayWeight(_ stream: SimulatedStream, _ day: CityDay) -> Int64 {
        switch stream {
        case .tourism:
            let season = tourismSeason[day.month] + (peony(day) ? 45 : 0)
            return season * (day.kind == .holiday ? 290 : day.kind == .weekend ? 165 : 100)
        case .employment:
            let season = employmentSeason[day.month]
            return season * (day.kind == .workday ? 100 : day.kind == .weekend ? 12 : 4)
        case .investment, .measurements:
            let closing: Int64 =
                day.daysLeftInMonth < 4
                ? (day.month % 3 == 0 ? 5 : 3) : day.daysLeftInMonth < 8 ? 2 : 1
            return investmentSeason[day.month] * closing
                * (day.kind == .workday ? 100 : day.kind == .weekend ? 4 : 1)
        }
    }

    /// The weeks of the Peony Culture Festival.
    private static func peony(_ day: CityDay) -> Bool {
        day.month == 4 || (day.month == 5 && day.day <= 5)
    }

    private static let tourismSeason: [Int64] = [
        0, 62, 64, 84, 118, 96, 84, 112, 116, 84, 90, 58, 50,
    ]
    private static let employmentSeason: [Int64] = [
        0, 70, 110, 120, 105, 95, 100, 110, 100, 105, 95, 90, 90,
    ]
    private static let investmentSeason: [Int64] = [
        0, 55, 60, 105, 95, 100, 120, 90, 95, 115, 90, 105, 130,
    ]

    static func hourWeights(_ stream: SimulatedStream) -> [Int64] {
        stream == .tourism ? tourismHours : officeHours
    }

    private static let tourismHours: [Int64] = [
        2, 1, 1, 1, 1, 2, 6, 20, 48, 80, 95, 90, 78, 82, 90, 88, 76, 60, 52, 48, 40, 28, 14, 6,
    ]
    private static let officeHours: [Int64] = [
        0, 0, 0, 0, 0, 0, 0, 2, 30, 85, 95, 80, 25, 40, 85, 95, 85, 45, 12, 3, 0, 0, 0, 0,
    ]
}
