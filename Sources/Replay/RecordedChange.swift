package import Contracts
package import Ledger
package import Postgres

/// A row of the change log with everything of the ledger that it is recomputed by: the rounds up to
/// it, and what is known of the partitions whose log is read again.
package struct RecordedChange: Sendable {
    /// An earlier change of the same target, or the change itself.
    package struct Entry: Sendable, Equatable {
        package var sequence: Int64
        package var round: Int64
        package var data: String
    }

    /// A topic partition that a round had seen.
    package struct Partition: Sendable, Equatable {
        package var id: Int32
        package var stream: String
        package var topic: String
        package var partition: Int32
        /// The last record that was applied in the live generation.
        package var last: RecordMark?
        /// Records that were put aside for a reason that the log does not tell.
        package var putAside: Set<Int64> = []
        /// Offsets that operators passed over.
        package var passedOver: [Range<Int64>] = []
    }

    package private(set) var plan: String
    package private(set) var sequence: Int64
    package private(set) var target: String
    package private(set) var round: Int64
    package private(set) var decidedAt: Instant
    /// The published JSON, to the byte.
    package private(set) var data: String
    /// Empty where the plan does not promise it any more.
    package private(set) var nameZh = ""
    package private(set) var nameEn = ""
    /// What the target was judged by, up to the change's round; where nothing was written down so
    /// far back, the first that was.
    package private(set) var editions: [ChangeRecomputation.Edition] = []
    /// By stream, the offsets before which nothing is evidence.
    package private(set) var starts: [String: Judgement.Positions] = [:]
    /// Rounds of the plan up to the change's, of the streams that the target is, or was, judged by.
    package private(set) var rounds: [Judgement.Round] = []
    /// The target's changes up to this one, in order.
    package private(set) var history: [Entry] = []
    package private(set) var partitions: [Partition] = []
    /// The key of the hashes of last applied records.
    package private(set) var key: [UInt8] = []

    /// In one snapshot. Nil where the plan has no change of that number.
    package static func read(
        plan: String, sequence: Int64, on connection: inout PostgresConnection
    ) throws(PostgresFailure) -> RecordedChange? {
        try connection.inTransaction(isolation: .repeatableRead, readOnly: true) {
            (connection) throws(PostgresFailure) in
            guard var change = try find(plan, sequence, &connection) else { return nil }
            try change.readEditions(&connection)
            try change.readRounds(&connection)
            try change.readHistory(&connection)
            try change.readPartitions(&connection)
            change.key = try LedgerSettings.fingerprintKey(&connection)
            return change
        }
    }

    private static func find(
        _ plan: String, _ sequence: Int64, _ connection: inout PostgresConnection
    ) throws(PostgresFailure) -> RecordedChange? {
        let rows = try connection.query(
            """
            select c.target, c.round, c.decided_at, c.data, t.name_zh, t.name_en
            from ledger.status_change c
            left join ledger.target t on t.plan = c.plan and t.id = c.target
            where c.plan = $1 and c.sequence = $2
            """, [.text(plan), .int8(sequence)])
        guard let row = rows.first else { return nil }
        var change = RecordedChange(
            plan: plan, sequence: sequence, target: row.text(0), round: row.int8(1),
            decidedAt: Instant(microseconds: row.timestamp(2)), data: row.text(3))
        change.nameZh = row.optionalText(4) ?? ""
        change.nameEn = row.optionalText(5) ?? ""
        return change
    }

    private init(
        plan: String, sequence: Int64, target: String, round: Int64, decidedAt: Instant,
        data: String
    ) {
        self.plan = plan
        self.sequence = sequence
        self.target = target
        self.round = round
        self.decidedAt = decidedAt
        self.data = data
    }

    private mutating func readEditions(
        _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        let rows = try connection.query(
            """
            select e.since_round, e.revision, e.zone, e.division, e.place, (
                select c.contract from ledger.target_contract c
                where c.plan = e.plan and c.target = $2 and c.edition <= e.edition
                order by c.edition desc limit 1)
            from ledger.plan_edition e where e.plan = $1 order by e.edition
            """, [.text(plan), .text(target)])
        for row in rows where editions.isEmpty || row.int8(0) <= round {
            let text = row.optionalText(5)
            let contract = text.flatMap {
                TargetContract(id: target, canonicalText: $0, nameZh: nameZh, nameEn: nameEn)
            }
            guard let zone = Zone(identifier: row.text(2)), (text == nil) == (contract == nil)
            else {
                throw PostgresFailure(
                    kind: .schema,
                    message:
                        "the ledger has a contract of \(target) that this program does not know"
                )
            }
            editions.append(
                ChangeRecomputation.Edition(
                    sinceRound: row.int8(0), revision: Int(row.int4(1)), zone: zone,
                    division: row.int4(3), place: row.text(4), target: contract))
        }
        let begun = try connection.query(
            """
            select stream, topic_partitions, generations, offsets from ledger.judge_start
            where plan = $1
            """, [.text(plan)])
        for row in begun { starts[row.text(0)] = RecordedChange.positions(row, from: 1) }
    }

    private static func positions(_ row: PostgresRow, from column: Int) -> Judgement.Positions {
        var positions = Judgement.Positions()
        positions.topicPartitions = row.int4Array(column)
        positions.generations = row.int4Array(column + 1)
        positions.offsets = row.int8Array(column + 2)
        return positions
    }

    private mutating func readRounds(
        _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        let streams = Set(editions.compactMap(\.target?.source.stream))
        let rows = try connection.query(
            """
            select r.round, r.stream, r.revision, r.as_of, r.clock, r.watermark, r.topic_partitions,
                r.generations, r.offsets
            from ledger.judge_round r
            where r.plan = $1 and r.round <= $2 and (r.stream = any ($3) or r.stream = (
                select o.stream from ledger.judge_round o where o.plan = $1 and o.round = $2))
            order by r.round
            """, [.text(plan), .int8(round), .texts(streams.sorted())])
        rounds = rows.map { row in
            Judgement.Round(
                round: row.int8(0), stream: row.text(1), revision: Int(row.int4(2)),
                asOf: Instant(microseconds: row.timestamp(3)),
                clock: Instant(microseconds: row.timestamp(4)),
                watermark: row.optionalTimestamp(5).map(Instant.init(microseconds:)),
                positions: RecordedChange.positions(row, from: 6))
        }
    }

    private mutating func readHistory(
        _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        let rows = try connection.query(
            """
            select sequence, round, data from ledger.status_change
            where plan = $1 and target = $2 and sequence <= $3 order by sequence
            """, [.text(plan), .text(target), .int8(sequence)])
        history = rows.map { Entry(sequence: $0.int8(0), round: $0.int8(1), data: $0.text(2)) }
    }

    private mutating func readPartitions(
        _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        let ids = Set(rounds.flatMap(\.positions.topicPartitions)).sorted()
        let rows = try connection.query(
            """
            select tp.id, tp.stream, tp.topic, tp.partition, p.last_offset, p.last_timestamp,
                p.last_hash,
                array(select d.record_offset from ledger.dead_letter d
                    where d.topic_partition = tp.id and d.reason in ('rejected', 'quarantined')),
                array(select (a.detail ->> 'from_offset')::int8 from ledger.audit a
                    where a.what = 'resume' and a.detail ->> 'topic' = tp.topic
                        and (a.detail ->> 'partition')::int4 = tp.partition order by a.id),
                array(select (a.detail ->> 'to_offset')::int8 from ledger.audit a
                    where a.what = 'resume' and a.detail ->> 'topic' = tp.topic
                        and (a.detail ->> 'partition')::int4 = tp.partition order by a.id)
            from ledger.topic_partition tp
            join ledger.stream s on s.name = tp.stream
            left join ledger.position p on p.topic_partition = tp.id and p.generation = s.live_generation
            where tp.id = any ($1) order by tp.topic, tp.partition
            """, [.int4s(ids)])
        partitions = rows.map { row in
            var partition = Partition(
                id: row.int4(0), stream: row.text(1), topic: row.text(2), partition: row.int4(3))
            if let offset = row.optionalInt8(4), let hash = row.optionalInt8(6) {
                partition.last = RecordMark(
                    offset: offset, timestampMilliseconds: row.optionalInt8(5) ?? -1, hash: hash)
            }
            partition.putAside = Set(row.int8Array(7))
            partition.passedOver = zip(row.int8Array(8), row.int8Array(9)).filter(<).map {
                $0..<$1
            }
            return partition
        }
    }
}
