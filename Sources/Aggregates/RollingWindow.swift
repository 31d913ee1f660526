package import Contracts

/// The hours from one instant up to another: those that begin in it count, whole.
package struct HourRange: Hashable, Sendable {
    package var from: Instant
    /// Exclusive. Not before `from`.
    package var until: Instant

    package init(from: Instant, until: Instant) {
        self.from = from
        self.until = max(from, until)
    }

    package var isEmpty: Bool { from == until }

    /// From the first day's start to the last day's end, as far as it had begun before the as-of
    /// instant.
    package init(first: CivilDate, last: CivilDate, asOf: Instant, zone: Zone) {
        let end = zone.start(of: last.adding(days: 1))
        self.init(from: zone.start(of: first), until: min(asOf, end))
    }
}

/// The rolling views over buckets. All end at the as-of instant and see only hours that began
/// before it.
package enum RollingWindow: String, CaseIterable, Sendable {
    /// 24, 7 x 24 and 28 x 24 hours, whatever the clocks did meanwhile.
    case last24Hours = "last_24h"
    case last7Days = "last_7d"
    case last28Days = "last_28d"
    /// The calendar day, ISO week (from Monday), month, quarter and year that the instant is in.
    case day
    case week
    case month
    case quarter
    case yearToDate = "year_to_date"
    /// From the plan's first day, and not beyond its last.
    case planToDate = "plan_to_date"
    /// The year to date of the year before: up to the same date and time of day, 28 for 29
    /// February.
    case samePeriodLastYear = "same_period_last_year"

    /// Plan days are inclusive.
    package func range(
        asOf: Instant, zone: Zone, planStart: CivilDate, planEnd: CivilDate
    ) -> HourRange {
        let today = zone.day(at: asOf)
        let (year, month, _) = today.components
        switch self {
        case .last24Hours: return RollingWindow.hours(24, asOf)
        case .last7Days: return RollingWindow.hours(7 * 24, asOf)
        case .last28Days: return RollingWindow.hours(28 * 24, asOf)
        case .day: return HourRange(from: zone.start(of: today), until: asOf)
        case .week:
            // Day 0 of the calendar, 1970-01-01, was a Thursday.
            let sinceMonday = floorDivide(Int64(today.dayNumber) + 3, 7) * 7 - 3
            let monday = CivilDate(dayNumber: Int32(truncatingIfNeeded: sinceMonday))
            return HourRange(from: zone.start(of: monday), until: asOf)
        case .month: return RollingWindow.calendar(year, month, asOf, zone)
        case .quarter: return RollingWindow.calendar(year, (month - 1) / 3 * 3 + 1, asOf, zone)
        case .yearToDate: return RollingWindow.calendar(year, 1, asOf, zone)
        case .planToDate:
            return HourRange(first: planStart, last: planEnd, asOf: asOf, zone: zone)
        case .samePeriodLastYear:
            let sameTime = RollingWindow.yearBefore(asOf, today, zone)
            return RollingWindow.calendar(year - 1, 1, sameTime, zone)
        }
    }

    private static func hours(_ count: Int64, _ asOf: Instant) -> HourRange {
        let from = Instant(microseconds: asOf.microseconds - count * 3_600_000_000)
        return HourRange(from: from, until: asOf)
    }

    private static func calendar(
        _ year: Int, _ month: Int, _ asOf: Instant, _ zone: Zone
    ) -> HourRange {
        guard let first = CivilDate(year: year, month: month, day: 1) else {
            return HourRange(from: asOf, until: asOf)
        }
        return HourRange(from: zone.start(of: first), until: asOf)
    }

    /// The instant at which the clocks showed the same, a year before.
    private static func yearBefore(_ asOf: Instant, _ today: CivilDate, _ zone: Zone) -> Instant {
        let local = asOf.microseconds + Int64(zone.offset(at: asOf)) * 1_000_000
        let timeOfDay = local - Int64(today.dayNumber) * 86_400_000_000
        let wanted = Int64(today.adding(years: -1).dayNumber) * 86_400_000_000 + timeOfDay
        let guess = Instant(microseconds: wanted - Int64(zone.offset(at: asOf)) * 1_000_000)
        return Instant(microseconds: wanted - Int64(zone.offset(at: guess)) * 1_000_000)
    }
}
