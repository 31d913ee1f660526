/// Rows of `bucket_hour` as parallel columns, ready for `unnest`, in the order of the table's
/// primary key. A value and a count are what the batch adds to the row; both may be below zero.
package struct HourRows: Sendable, Equatable {
    package var topicPartitions: [Int32] = []
    /// Start of the hour, microseconds since 1970.
    package var hours: [Int64] = []
    package var series: [Int32] = []
    package var divisions: [Int32] = []
    package var values: [Int64] = []
    package var events: [Int64] = []

    package var count: Int { hours.count }

    package init() {}

    mutating func reserve(_ rows: Int) {
        topicPartitions.reserveCapacity(rows)
        hours.reserveCapacity(rows)
        series.reserveCapacity(rows)
        divisions.reserveCapacity(rows)
        values.reserveCapacity(rows)
        events.reserveCapacity(rows)
    }
}

/// Rows of `bucket_day`, likewise.
package struct DayRows: Sendable, Equatable {
    package var topicPartitions: [Int32] = []
    /// Days since 1970-01-01.
    package var days: [Int32] = []
    package var series: [Int32] = []
    package var divisions: [Int32] = []
    package var values: [Int64] = []
    package var events: [Int64] = []

    package var count: Int { days.count }

    package init() {}

    mutating func reserve(_ rows: Int) {
        topicPartitions.reserveCapacity(rows)
        days.reserveCapacity(rows)
        series.reserveCapacity(rows)
        divisions.reserveCapacity(rows)
        values.reserveCapacity(rows)
        events.reserveCapacity(rows)
    }

    mutating func dropLastIfNothing() {
        guard values.last == 0, events.last == 0 else { return }
        topicPartitions.removeLast()
        days.removeLast()
        series.removeLast()
        divisions.removeLast()
        values.removeLast()
        events.removeLast()
    }
}

/// What a batch changed of one metric (or indicator) in one hour.
package struct Touch: Hashable, Sendable {
    package struct Kinds: OptionSet, Hashable, Sendable {
        package let rawValue: Int16
        package init(rawValue: Int16) { self.rawValue = rawValue }
        package static let addition = Kinds(rawValue: 1)
        /// A correction or a withdrawal took something back.
        package static let takeBack = Kinds(rawValue: 2)
    }

    package var subject: String
    /// Start of the hour.
    package var hour: Int64
    package var kinds: Kinds

    package init(subject: String, hour: Int64, kinds: Kinds) {
        self.subject = subject
        self.hour = hour
        self.kinds = kinds
    }
}

/// One published reading: a row of `measurement`.
package struct MeasurementRow: Sendable, Equatable {
    package enum Basis: String, Sendable {
        /// From the year's first day to the period's last.
        case cumulative
        /// The period alone.
        case period
    }

    package var lane: Int
    package var indicator: String
    package var division: Int32
    /// As it was written: "2023", "2023-Q1", "2023-03" or "2023-03-05".
    package var period: String
    package var recordOffset: Int64
    /// First and last day of the period, days since 1970-01-01.
    package var periodStart: Int32
    package var periodEnd: Int32
    package var basis: Basis
    package var revision: Int64
    /// The event's time, microseconds since 1970.
    package var publishedAt: Int64
    /// In millionths.
    package var value: Int64
    package var unit: String?
}
