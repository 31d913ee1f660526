package import Aggregates
package import Ledger

/// What a second fold arrives at, by the ledger's ids of topic partitions.
package struct SecondFigures: Sendable {
    /// A cell of either grain: `at` is the hour in microseconds, or the day's number.
    package struct Cell: Hashable, Sendable {
        package var id: Int32
        package var at: Int64
        package var series: SeriesKey
        package var division: Int32

        package init(id: Int32, at: Int64, series: SeriesKey, division: Int32) {
            self.id = id
            self.at = at
            self.series = series
            self.division = division
        }
    }

    package struct Sum: Hashable, Sendable {
        package var value: Int128 = 0
        package var events: Int64 = 0
        package var isNothing: Bool { value == 0 && events == 0 }

        package init(value: Int128 = 0, events: Int64 = 0) {
            self.value = value
            self.events = events
        }
    }

    /// A record of the log.
    package struct Place: Hashable, Sendable {
        package var id: Int32
        package var offset: Int64

        package init(id: Int32, offset: Int64) {
            self.id = id
            self.offset = offset
        }
    }

    package internal(set) var counts: [Int32: OutcomeCounts] = [:]
    package internal(set) var hours: [Cell: Sum] = [:]
    package internal(set) var days: [Cell: Sum] = [:]
    package internal(set) var measurements: [Place: MeasurementRow] = [:]
    /// Reasons of what cannot be read.
    package internal(set) var deadLetters: [Place: String] = [:]
    /// Where the log begins now.
    package internal(set) var firstOffsets: [Int32: Int64] = [:]
    /// Partitions whose log ends before the ledger's position, and where.
    package internal(set) var short: [Int32: Int64] = [:]

    package init() {}

    mutating func add(_ batch: FoldBatch, ids: [Int32]) {
        let series = batch.series
        let numbers = series.indices.map { Int32($0) }
        let hourRows = batch.hourRows(topicPartitions: ids, series: numbers)
        for row in 0..<hourRows.count {
            let cell = Cell(
                id: hourRows.topicPartitions[row], at: hourRows.hours[row],
                series: series[Int(hourRows.series[row])], division: hourRows.divisions[row])
            hours[cell, default: Sum()].value += Int128(hourRows.values[row])
            hours[cell, default: Sum()].events += hourRows.events[row]
        }
        let dayRows = batch.dayRows(topicPartitions: ids, series: numbers)
        for row in 0..<dayRows.days.count {
            let cell = Cell(
                id: dayRows.topicPartitions[row], at: Int64(dayRows.days[row]),
                series: series[Int(dayRows.series[row])], division: dayRows.divisions[row])
            days[cell, default: Sum()].value += Int128(dayRows.values[row])
            days[cell, default: Sum()].events += dayRows.events[row]
        }
        for reading in batch.measurements {
            measurements[Place(id: ids[reading.lane], offset: reading.recordOffset)] = reading
        }
    }
}
