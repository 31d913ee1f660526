package import Contracts
package import Postgres

/// How far one partition is read into the live generation, and by whom.
package struct LedgerPosition: Hashable, Sendable {
    package var stream: String
    package var topic: String
    package var partition: Int32
    /// The ledger's id of topic and partition.
    package var topicPartition: Int32
    package var generation: Int32
    package var term: Int64
    package var owner: String
    package var state: PartitionState
    package var stateDetail: String
    /// The next offset to read.
    package var nextOffset: Int64
    package var last: RecordMark?
    package var counts: OutcomeCounts
    package var watermark: Instant?
    package var atEnd: Bool
    package var committedAt: Instant

    /// Columns in the order that `init(row:)` reads, of position `p` and topic partition `tp`.
    private static let columns = "tp.stream, tp.topic, tp.partition, \(own)"
    private static let own = """
        p.topic_partition, p.generation, p.term, p.owner, p.state,
        p.state_detail, p.next_offset, p.last_offset, p.last_timestamp, p.last_hash, p.folded, p.duplicate,
        p.dead_letter, p.skipped, p.watermark, p.at_end, p.committed_at
        """

    init(row: PostgresRow) throws(PostgresFailure) {
        guard let state = PartitionState(rawValue: row.text(7)) else {
            throw PostgresFailure(
                kind: .schema,
                message: "a position has state \(row.text(7)), which this program does not know")
        }
        stream = row.text(0)
        topic = row.text(1)
        partition = row.int4(2)
        topicPartition = row.int4(3)
        generation = row.int4(4)
        term = row.int8(5)
        owner = row.text(6)
        self.state = state
        stateDetail = row.text(8)
        nextOffset = row.int8(9)
        if let offset = row.optionalInt8(10), let hash = row.optionalInt8(12) {
            last = RecordMark(
                offset: offset, timestampMilliseconds: row.optionalInt8(11) ?? -1, hash: hash)
        }
        counts = OutcomeCounts(
            folded: row.int8(13), duplicate: row.int8(14), deadLetter: row.int8(15),
            skipped: row.int8(16))
        watermark = row.optionalTimestamp(17).map { Instant(microseconds: $0) }
        atEnd = row.bool(18)
        committedAt = Instant(microseconds: row.timestamp(19))
    }

    /// Takes a partition over: waits for a commit of its predecessor that is still open, raises the
    /// term, and reads what came of it. `start` is the offset to begin at where the partition was
    /// never read.
    ///
    /// Throws `.retry` when the predecessor's transaction stayed open for longer than the lock
    /// timeout, and HW002 (`.other`) when no stream reads the topic.
    package static func claim(
        _ connection: inout PostgresConnection, topic: String, partition: Int32, start: Int64 = 0,
        owner: String
    ) throws(PostgresFailure) -> LedgerPosition {
        // The stream is asked for by a statement of its own: that of the claim does not see what it
        // made.
        let place: [PostgresValue] = [.text(topic), .int4(partition)]
        let answers = try connection.pipeline([
            PostgresStatement(
                "select '', $1, $2, \(own) from ledger.claim($1, $2, $3, $4) p",
                place + [.int8(start), .text(owner)]),
            PostgresStatement(
                "select stream from ledger.topic_partition where topic = $1 and partition = $2",
                place),
        ])
        guard let row = answers[0].first, let named = answers[1].first else {
            throw PostgresFailure(
                kind: .retry, message: "the claim of \(topic)/\(partition) found no position")
        }
        var position = try LedgerPosition(row: row)
        position.stream = named.text(0)
        return position
    }

    /// All positions of the live generations, by topic and partition; of one stream where one is
    /// named.
    package static func all(
        _ connection: inout PostgresConnection, stream: String? = nil
    ) throws(PostgresFailure) -> [LedgerPosition] {
        let rows = try connection.query(
            """
            select \(columns)
            from ledger.position p
            join ledger.topic_partition tp on tp.id = p.topic_partition
            join ledger.stream s on s.name = tp.stream and s.live_generation = p.generation
            where $1::text is null or s.name = $1
            order by tp.topic, tp.partition
            """, [.text(orNull: stream)])
        var positions: [LedgerPosition] = []
        for row in rows { positions.append(try LedgerPosition(row: row)) }
        return positions
    }

    /// Stops a partition under its owner's term. Throws `.fenced` when the term is another's.
    package static func halt(
        _ connection: inout PostgresConnection, topicPartition: Int32, generation: Int32,
        term: Int64,
        _ state: PartitionState, detail: String
    ) throws(PostgresFailure) {
        _ = try connection.query(
            "select ledger.halt($1, $2, $3, $4, $5)",
            [
                .int4(topicPartition), .int4(generation), .int8(term), .text(state.rawValue),
                .text(detail.filter { $0 != "\0" }),
            ])
    }

    /// An operator's word that a halted partition goes on, written to the audit: where it stands,
    /// or at `offset`; then the record before it is not compared any more. Services hear of it on
    /// channel `headway_positions`. Throws HW002 (`.other`) when the partition is not halted.
    @discardableResult
    package static func resume(
        _ connection: inout PostgresConnection, topic: String, partition: Int32,
        at offset: Int64? = nil,
        who: String
    ) throws(PostgresFailure) -> LedgerPosition {
        let row = try connection.query(
            """
            select \(columns)
            from ledger.resume($1, $2, $3, $4) p
            join ledger.topic_partition tp on tp.id = p.topic_partition
            """,
            [.text(topic), .int4(partition), .int8(orNull: offset), .text(who)])[0]
        return try LedgerPosition(row: row)
    }
}
