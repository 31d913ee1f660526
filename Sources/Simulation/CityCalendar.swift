internal import Contracts

/// The days of a simulation: the year before the period, the period, and the days after it in
/// which late events still come.
struct CityCalendar: Sendable {
    /// The days of one month (or of the part of it that counts) with totals of its own.
    struct Span: Sendable, Equatable {
        var year: Int
        var month: Int
        /// Of the year before the period.
        var isBase: Bool
        /// Places in `days`.
        var days: Range<Int>
    }

    let days: [CityDay]
    /// Days before the period; 0 without a base year.
    let baseDays: Int
    /// Days in which events happen.
    let eventDays: Int
    let spans: [Span]
    /// The span of each day in which events happen.
    let spanOfDay: [Int]

    init(_ settings: SimulationSettings) {
        let start = settings.periodStart
        let first = settings.start
        let last = max(settings.periodEnd.dayNumber, start.dayNumber)
        baseDays = Int(start.dayNumber - first.dayNumber)
        eventDays = Int(last - first.dayNumber) + 1
        days = (first.dayNumber...last + Int32(max(settings.daysAfter, 0))).map { CityDay($0) }
        var spans: [Span] = []
        var spanOfDay: [Int] = []
        for place in 0..<eventDays {
            let day = days[place]
            if place == 0 || place == baseDays || day.day == 1 {
                spans.append(
                    Span(
                        year: day.year, month: day.month, isBase: place < baseDays,
                        days: place..<place))
            }
            let span = spans.count - 1
            spans[span].days = spans[span].days.lowerBound..<place + 1
            spanOfDay.append(span)
        }
        self.spans = spans
        self.spanOfDay = spanOfDay
    }

    var firstDay: Int32 { days[0].number }
    /// The first hour of the period, counted from the simulation's first.
    var periodHour: Int { baseDays * 24 }

    /// The place of a day of the period or of the time after it.
    func place(year: Int, key: Int) -> Int? {
        days.firstIndex { $0.year == year && $0.key == key }
    }
}
