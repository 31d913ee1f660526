package import Aggregates
package import Contracts

/// What a stream's log says of what targets are judged by: by hour, and told apart at the offsets
/// that the judge's rounds had seen. Pure: a second fold fills it, a recomputation reads it.
package struct StreamTrace: Sendable {
    /// A sum that targets are judged by: a series over the divisions of a place.
    package struct Watch: Hashable, Sendable {
        package var series: SeriesKey
        package var divisions: ClosedRange<Int32>

        package init(series: SeriesKey, divisions: ClosedRange<Int32>) {
            self.series = series
            self.divisions = divisions
        }
    }

    /// What became of one metric or indicator in one hour.
    package struct News: Sendable, Equatable {
        package var subject: String
        package var hour: Instant
        /// Additions, take-backs, or both.
        package var kinds: Touch.Kinds
        /// What was added less what was taken back; nothing where it happened in other places.
        package var sums: [Watch: BucketSum] = [:]
        package var readings: [Reading] = []
    }

    package struct Reading: Sendable, Equatable {
        package var division: Int32
        package var reading: MeasurementBook.Reading
    }

    private struct Slot: Hashable {
        var subject: String
        var hour: Instant
    }

    private struct Part: Hashable {
        var id: Int32
        var part: Int
    }

    private let zone: Zone
    private let watches: [SeriesKey: [Watch]]
    private let subjects: Set<String>
    private var parts: [Part: [Slot: News]] = [:]

    /// `zone`: the stream's. `indicators`: of a measurement stream.
    package init(zone: Zone, watches: Set<Watch>, indicators: Set<String>) {
        self.zone = zone
        self.watches = Dictionary(grouping: watches, by: \.series)
        self.subjects = indicators.union(watches.map(\.series.metric))
    }

    /// What came of a partition between two cuts, in the order of the hours.
    package func news(of id: Int32, part: Int) -> [News] {
        (parts[Part(id: id, part: part)] ?? [:]).values.sorted {
            ($0.hour, $0.subject) < ($1.hour, $1.subject)
        }
    }

    // MARK: Filling

    /// A batch of a second fold, with what its lanes are of.
    package mutating func add(_ batch: FoldBatch, lanes: [SecondFold.Lane]) {
        batch.forEachTouch { lane, touch in
            let hour = Instant(microseconds: touch.hour)
            note(touch.subject, hour: hour, kinds: touch.kinds, in: lanes[lane])
        }
        for row in batch.measurements {
            let lane = lanes[row.lane]
            let reading = MeasurementBook.Reading(
                topicPartition: lane.id, recordOffset: row.recordOffset, period: row.period,
                periodStart: CivilDate(dayNumber: row.periodStart),
                periodEnd: CivilDate(dayNumber: row.periodEnd), basis: row.basis,
                revision: row.revision, publishedAt: Instant(microseconds: row.publishedAt),
                value: row.value)
            note(reading, of: row.indicator, division: row.division, in: lane)
        }
        let series = batch.series
        guard series.contains(where: { watches[$0] != nil }) else { return }
        let rows = batch.hourRows(
            topicPartitions: lanes.indices.map { Int32($0) },
            series: series.indices.map { Int32($0) })
        for row in 0..<rows.count {
            let key = series[Int(rows.series[row])]
            guard watches[key] != nil else { continue }
            note(
                key, division: rows.divisions[row], hour: Instant(microseconds: rows.hours[row]),
                sum: BucketSum(value: Int128(rows.values[row]), events: rows.events[row]),
                in: lanes[Int(rows.topicPartitions[row])])
        }
    }

    package mutating func note(
        _ subject: String, hour: Instant, kinds: Touch.Kinds, in lane: SecondFold.Lane
    ) {
        guard subjects.contains(subject) else { return }
        change(subject, hour, lane) { $0.kinds.formUnion(kinds) }
    }

    package mutating func note(
        _ series: SeriesKey, division: Int32, hour: Instant, sum: BucketSum,
        in lane: SecondFold.Lane
    ) {
        for watch in watches[series] ?? [] where watch.divisions.contains(division) {
            change(series.metric, hour, lane) {
                $0.sums[watch] = ($0.sums[watch] ?? .zero) + sum
            }
        }
    }

    /// The touch that goes with a reading says that it was an addition.
    package mutating func note(
        _ reading: MeasurementBook.Reading, of indicator: String, division: Int32,
        in lane: SecondFold.Lane
    ) {
        guard subjects.contains(indicator) else { return }
        change(indicator, zone.startOfHour(at: reading.publishedAt), lane) {
            $0.readings.append(Reading(division: division, reading: reading))
        }
    }

    private mutating func change(
        _ subject: String, _ hour: Instant, _ lane: SecondFold.Lane, _ body: (inout News) -> Void
    ) {
        let slot = Slot(subject: subject, hour: hour)
        body(
            &parts[Part(id: lane.id, part: lane.part), default: [:]][
                slot, default: News(subject: subject, hour: hour, kinds: [])])
    }
}
