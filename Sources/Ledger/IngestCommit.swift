package import Aggregates
package import Contracts
package import Postgres

/// Everything that one commit of a stream writes: it happens as a whole, or not at all.
package struct IngestCommit: Sendable, Equatable {
    /// One partition's move from where it stood to where it stands.
    package struct Fence: Sendable, Equatable {
        /// The fold's number of the partition.
        package var lane: Int
        package var topicPartition: Int32
        package var generation: Int32
        package var term: Int64
        /// The position must stand here, under this term and running, or nothing is written.
        package var expected: Int64
        package var next: Int64
        /// The last record before `next` that was read; nil leaves what is known.
        package var last: RecordMark?
        /// What became of the records in between.
        package var counts: OutcomeCounts
        /// Never moves back: an earlier one leaves what is known.
        package var watermark: Instant?
        package var atEnd: Bool

        package init(
            lane: Int, topicPartition: Int32, generation: Int32, term: Int64, expected: Int64,
            next: Int64, last: RecordMark?, counts: OutcomeCounts, watermark: Instant?, atEnd: Bool
        ) {
            self.lane = lane
            self.topicPartition = topicPartition
            self.generation = generation
            self.term = term
            self.expected = expected
            self.next = next
            self.last = last
            self.counts = counts
            self.watermark = watermark
            self.atEnd = atEnd
        }
    }

    package var stream: String
    package var fences: [Fence]
    /// Sorted by the table's key, each key once. Of partitions that have a fence.
    package var hours = HourRows()
    package var days = DayRows()
    package var measurements: [MeasurementRow] = []
    package var fingerprints: [FingerprintAppend] = []
    package var deadLetters: [DeadLetterRow] = []
    /// By lane: what the judge must look at again.
    package var touches: [Int: [Touch]] = [:]

    package init(stream: String, fences: [Fence]) {
        self.stream = stream
        self.fences = fences
    }

    /// Writes it in one transaction and one round trip. Throws `.fenced` when a partition has
    /// another owner or position: then nothing of it was written, and the batch is to be dropped.
    package func write(_ connection: inout PostgresConnection) throws(PostgresFailure) {
        _ = try connection.transaction(statements())
    }

    /// The statements of the transaction. The fence is the first: behind it, the server skips
    /// everything once it raised.
    package func statements() -> [PostgresStatement] {
        let lanes = Dictionary(
            fences.map { ($0.lane, $0) }, uniquingKeysWith: { first, _ in first })
        let generations = Generations(fences)
        var statements = [IngestStatements.fence(fences)]
        if hours.count > 0 { statements.append(IngestStatements.upsert(hours, generations)) }
        if days.count > 0 { statements.append(IngestStatements.upsert(days, generations)) }
        if !measurements.isEmpty { statements.append(IngestStatements.insert(measurements, lanes)) }
        if !fingerprints.isEmpty { statements.append(IngestStatements.append(fingerprints, lanes)) }
        statements += deadLetters.map { IngestStatements.insert($0) }
        for fence in fences {
            if let touches = touches[fence.lane], !touches.isEmpty {
                statements.append(IngestStatements.insert(touches, fence))
            }
        }
        statements.append(IngestStatements.notify(stream, hasDeadLetters: !deadLetters.isEmpty))
        return statements
    }

    /// The generation of each partition; nearly always the same one.
    struct Generations {
        private let one: Int32?
        private let each: [Int32: Int32]

        init(_ fences: [Fence]) {
            let all = Set(fences.map(\.generation))
            one = all.count == 1 ? all.first : nil
            each = Dictionary(
                fences.map { ($0.topicPartition, $0.generation) },
                uniquingKeysWith: { first, _ in first })
        }

        func of(_ topicPartitions: [Int32]) -> [Int32] {
            if let one { return [Int32](repeating: one, count: topicPartitions.count) }
            return topicPartitions.map { topicPartition in
                guard let generation = each[topicPartition] else {
                    preconditionFailure("rows of a partition without a fence")
                }
                return generation
            }
        }
    }
}
