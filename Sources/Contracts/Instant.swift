/// A point in time: microseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
package struct Instant: Hashable, Comparable, Sendable {
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }
    package init(seconds: Int64) { self.microseconds = seconds * 1_000_000 }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.microseconds < right.microseconds
    }
}

/// A calendar day without a zone: days since 1970-01-01 in the proleptic Gregorian calendar.
package struct CivilDate: Hashable, Comparable, Sendable {
    package var dayNumber: Int32

    package init(dayNumber: Int32) { self.dayNumber = dayNumber }

    package static func < (left: CivilDate, right: CivilDate) -> Bool {
        left.dayNumber < right.dayNumber
    }
}
