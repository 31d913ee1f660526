package import Contracts

/// A measured figure as of an instant.
package struct MeasuredValue: Hashable, Sendable {
    /// In millionths of the target's unit.
    package var value: Int128
    /// When the latest reading that bears on the target was published.
    package var lastInput: Instant
    /// The last day that the value speaks of: for totals the latest among what is added.
    package var coveredThrough: CivilDate

    package init(value: Int128, lastInput: Instant, coveredThrough: CivilDate) {
        self.value = value
        self.lastInput = lastInput
        self.coveredThrough = coveredThrough
    }
}

/// The readings of measurement streams: what was known at any instant, revisions included.
package struct MeasurementBook {
    /// One published reading.
    package struct Reading: Hashable, Sendable {
        package var topicPartition: Int32
        package var recordOffset: Int64
        package var period: String
        package var periodStart: CivilDate
        /// The last day, inclusive.
        package var periodEnd: CivilDate
        package var basis: MeasurementRow.Basis
        package var revision: Int64
        package var publishedAt: Instant
        /// In millionths.
        package var value: Int64

        package init(
            topicPartition: Int32, recordOffset: Int64, period: String, periodStart: CivilDate,
            periodEnd: CivilDate, basis: MeasurementRow.Basis, revision: Int64,
            publishedAt: Instant,
            value: Int64
        ) {
            self.topicPartition = topicPartition
            self.recordOffset = recordOffset
            self.period = period
            self.periodStart = periodStart
            self.periodEnd = periodEnd
            self.basis = basis
            self.revision = revision
            self.publishedAt = publishedAt
            self.value = value
        }

        /// Whether this one is in force rather than the other of the same period: the higher
        /// revision, then the later arrival.
        func supersedes(_ other: Reading) -> Bool {
            (revision, recordOffset, topicPartition)
                > (other.revision, other.recordOffset, other.topicPartition)
        }

        /// Whether this one tells more than the other: the later period end, then the later
        /// arrival.
        func isLater(than other: Reading) -> Bool {
            (periodEnd, publishedAt, recordOffset, topicPartition)
                > (other.periodEnd, other.publishedAt, other.recordOffset, other.topicPartition)
        }
    }

    private struct Key: Hashable {
        var indicator: String
        var division: Int32
    }

    private var readings: [Key: [Reading]] = [:]

    package init() {}

    /// Adds a reading; one of the same record takes its place.
    package mutating func add(_ reading: Reading, indicator: String, division: Int32) {
        let key = Key(indicator: indicator, division: division)
        var list = readings[key] ?? []
        let same = list.firstIndex {
            $0.topicPartition == reading.topicPartition && $0.recordOffset == reading.recordOffset
        }
        if let same { list[same] = reading } else { list.append(reading) }
        readings[key] = list
    }

    /// Puts all readings of an indicator and division in place of those there were.
    package mutating func replace(_ all: [Reading], indicator: String, division: Int32) {
        readings[Key(indicator: indicator, division: division)] = all
    }

    /// The figure of the target as it was known just before the instant: nil where nothing was
    /// published yet.
    ///
    /// A total is the latest cumulative reading by its period's end, plus the readings of single
    /// periods that begin after that. Everything else is the reading of the latest period. Periods
    /// that end after the deadline do not count, nor, for totals, those that end before the
    /// target's window.
    package func value(
        indicator: String, target: TargetContract, division: Int32, asOf: Instant
    ) -> MeasuredValue? {
        let known = (readings[Key(indicator: indicator, division: division)] ?? []).filter {
            $0.publishedAt < asOf && MeasurementBook.bears($0, on: target)
        }
        guard let lastInput = known.map(\.publishedAt).max() else { return nil }
        let current = MeasurementBook.inForce(known)
        switch target.kind {
        case .total:
            return MeasurementBook.total(of: current, lastInput: lastInput)
        case .level, .growth, .delta, .milestone:
            guard let latest = MeasurementBook.latest(of: current) else { return nil }
            return MeasuredValue(
                value: Int128(latest.value), lastInput: lastInput, coveredThrough: latest.periodEnd)
        }
    }

    /// Periods that end after the deadline do not count, nor, for totals, those that end before the
    /// window.
    private static func bears(_ reading: Reading, on target: TargetContract) -> Bool {
        reading.periodEnd <= target.deadline
            && (target.kind != .total || reading.periodEnd >= target.windowStart)
    }

    /// The readings that bear on a target and fit, each with whether it took the place of an earlier
    /// record's of the same period.
    package func readings(
        indicator: String, target: TargetContract, division: Int32, where fits: (Reading) -> Bool
    ) -> [(reading: Reading, isRevision: Bool)] {
        let all = readings[Key(indicator: indicator, division: division)] ?? []
        return all.filter { MeasurementBook.bears($0, on: target) && fits($0) }.map { reading in
            let earlier = all.filter {
                $0.topicPartition == reading.topicPartition
                    && $0.recordOffset < reading.recordOffset && $0.period == reading.period
            }
            return (reading, !earlier.isEmpty && earlier.allSatisfy(reading.supersedes))
        }
    }

    private static func inForce(_ known: [Reading]) -> [Reading] {
        var byPeriod: [String: Reading] = [:]
        for reading in known {
            if let other = byPeriod[reading.period], !reading.supersedes(other) { continue }
            byPeriod[reading.period] = reading
        }
        return Array(byPeriod.values)
    }

    private static func latest(of readings: [Reading]) -> Reading? {
        readings.max { $1.isLater(than: $0) }
    }

    private static func total(of readings: [Reading], lastInput: Instant) -> MeasuredValue? {
        let cumulative = latest(of: readings.filter { $0.basis == .cumulative })
        var total = Int128(cumulative?.value ?? 0)
        var end = cumulative?.periodEnd
        for reading in readings where reading.basis == .period {
            if let before = cumulative?.periodEnd, reading.periodStart <= before { continue }
            total += Int128(reading.value)
            end = max(end ?? reading.periodEnd, reading.periodEnd)
        }
        return end.map {
            MeasuredValue(value: total, lastInput: lastInput, coveredThrough: $0)
        }
    }
}
