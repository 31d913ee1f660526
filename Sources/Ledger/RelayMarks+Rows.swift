package import Postgres

/// A row of the change log.
package struct RelayChange: Equatable, Sendable {
    package var plan: String
    package var sequence: Int64
    package var target: String
    /// Microseconds since 1970.
    package var decidedAt: Int64
    /// The published JSON, to the byte.
    package var data: String

    package init(plan: String, sequence: Int64, target: String, decidedAt: Int64, data: String) {
        self.plan = plan
        self.sequence = sequence
        self.target = target
        self.decidedAt = decidedAt
        self.data = data
    }
}

/// A dead letter to be published.
package struct RelayDeadLetter: Equatable, Sendable {
    package var topic: String
    package var partition: Int32
    package var generation: Int32
    package var offset: Int64
    package var stage: String
    package var reason: String
    package var message: String
    package var key: [UInt8]?
    package var value: [UInt8]?
    package var headerNames: [[UInt8]]
    package var headerValues: [[UInt8]?]
    /// Microseconds since 1970, or nil where the record had none.
    package var recordTime: Int64?
    /// Bytes of the whole record. Above the limit that was asked for, its contents stay in the
    /// ledger.
    package var bytes: Int64
    /// The same record is a dead letter of an earlier generation, so it is published there.
    package var isRepeated: Bool

    package init(
        topic: String, partition: Int32, generation: Int32, offset: Int64, stage: String,
        reason: String, message: String, key: [UInt8]?, value: [UInt8]?, headerNames: [[UInt8]],
        headerValues: [[UInt8]?], recordTime: Int64?, bytes: Int64, isRepeated: Bool
    ) {
        self.topic = topic
        self.partition = partition
        self.generation = generation
        self.offset = offset
        self.stage = stage
        self.reason = reason
        self.message = message
        self.key = key
        self.value = value
        self.headerNames = headerNames
        self.headerValues = headerValues
        self.recordTime = recordTime
        self.bytes = bytes
        self.isRepeated = isRepeated
    }
}

extension RelayDeadLetter {
    /// Holds the time of a record that could not be published under it, in milliseconds since 1970.
    package static let timestampHeader = "headway_record_timestamp"

    /// Milliseconds. Brokers refuse records that are more than an hour ahead of them
    /// (`message.timestamp.after.max.ms`), and their clock may be another than ours.
    package static let aheadMax: Int64 = 30 * 60 * 1_000

    /// Whether a record of the time `own` may be found in the topic under `published`: its own time,
    /// or a present one that brokers took, with its own in the header. All in milliseconds.
    package static func mayBePublished(
        _ own: Int64, under published: Int64, header: String?
    ) -> Bool {
        published == own || header == String(own) && own > published + aheadMax
    }
}

/// What waits to be published, each shard in its order.
package struct RelayRows: Equatable, Sendable {
    package var changes: [RelayChange]
    package var deadLetters: [RelayDeadLetter]

    package init(changes: [RelayChange] = [], deadLetters: [RelayDeadLetter] = []) {
        self.changes = changes
        self.deadLetters = deadLetters
    }

    package var isEmpty: Bool { changes.isEmpty && deadLetters.isEmpty }
}

extension RelayMarks {
    /// The rows behind the marks, at most `records` of each kind and about `bytes` of dead letters.
    /// The contents of a dead letter that is larger than `recordBytesMax` are left out.
    package static func due(
        _ connection: inout PostgresConnection, marks: [RelayShard: Int64], records: Int,
        bytes: Int64, recordBytesMax: Int64
    ) throws(PostgresFailure) -> RelayRows {
        let ranges = marks.map {
            RelayRange(shard: $0.key, fromExclusive: $0.value, toInclusive: .max)
        }
        return try rows(
            &connection, ranges, only: false, records: Int64(records), bytes: bytes,
            recordBytesMax: recordBytesMax)
    }

    /// The rows of an intent. Fewer than it names when the ledger does not hold them.
    package static func rows(
        _ connection: inout PostgresConnection, of ranges: [RelayRange], recordBytesMax: Int64
    ) throws(PostgresFailure) -> RelayRows {
        try rows(
            &connection, ranges, only: true, records: .max, bytes: .max,
            recordBytesMax: recordBytesMax)
    }

    private static func rows(
        _ connection: inout PostgresConnection, _ ranges: [RelayRange], only: Bool,
        records: Int64, bytes: Int64, recordBytesMax: Int64
    ) throws(PostgresFailure) -> RelayRows {
        var plans: [(String, RelayRange)] = []
        var letters: [(topic: String, partition: Int32, generation: Int32, RelayRange)] = []
        for range in ranges {
            switch range.shard {
            case .changes(let plan): plans.append((plan, range))
            case .deadLetters(let topic, let partition, let generation):
                letters.append((topic, partition, generation, range))
            }
        }
        let answers = try connection.pipeline([
            PostgresStatement(
                changesSQL,
                [
                    .texts(plans.map(\.0)), .int8s(plans.map(\.1.fromExclusive)),
                    .int8s(plans.map(\.1.toInclusive)), .bool(only), .int8(records),
                ]),
            PostgresStatement(
                deadLettersSQL,
                [
                    .texts(letters.map(\.topic)), .int4s(letters.map(\.partition)),
                    .int4s(letters.map(\.generation)), .int8s(letters.map(\.3.fromExclusive)),
                    .int8s(letters.map(\.3.toInclusive)), .bool(only), .int8(records),
                    .int8(bytes), .int8(recordBytesMax),
                ]),
        ])
        var found = RelayRows()
        for row in answers[0] {
            found.changes.append(
                RelayChange(
                    plan: row.text(0), sequence: row.int8(1), target: row.text(2),
                    decidedAt: row.timestamp(3), data: row.text(4)))
        }
        for row in answers[1] { found.deadLetters.append(deadLetter(row)) }
        return found
    }

    private static func deadLetter(_ row: PostgresRow) -> RelayDeadLetter {
        RelayDeadLetter(
            topic: row.text(0), partition: row.int4(1), generation: row.int4(2),
            offset: row.int8(3), stage: row.text(4), reason: row.text(5), message: row.text(6),
            key: row.optionalBytes(7), value: row.optionalBytes(8),
            headerNames: row.byteaArray(9).map { $0 ?? [] }, headerValues: row.byteaArray(10),
            recordTime: row.optionalTimestamp(11), bytes: row.int8(12), isRepeated: row.bool(13))
    }

    /// Sequences are committed in order by one fenced judge, so a cursor cannot overtake a row.
    private static let changesSQL = """
        select c.plan, c.sequence, c.target, c.decided_at, c.data
        from ledger.plan p
        left join unnest($1::text[], $2::int8[], $3::int8[]) as m (plan, published, upto) on m.plan = p.id
        cross join lateral (
            select s.* from ledger.status_change s
            where s.plan = p.id and s.sequence > coalesce(m.published, 0)
                and s.sequence <= coalesce(m.upto, s.sequence)
            order by s.sequence limit $5
        ) c
        where not $4 or m.plan is not null
        order by c.plan, c.sequence limit $5
        """

    /// Offsets of a partition are committed in order by its owner. Generations that were never live
    /// are not published. Sizes are added up before contents are read, so that memory stays within
    /// the limit.
    private static let deadLettersSQL = """
        select d.topic, d.partition, d.generation, d.record_offset, l.stage, l.reason, l.message,
            case when d.size <= $9 then l.key end, case when d.size <= $9 then l.value end,
            case when d.size <= $9 then l.header_names else '{}' end,
            case when d.size <= $9 then l.header_values else '{}' end, l.record_time, d.size::int8,
            exists (select from ledger.dead_letter o
                where o.topic_partition = l.topic_partition and o.record_offset = l.record_offset
                    and o.generation < l.generation)
        from (
            select tp.topic, tp.partition, x.*,
                sum(least(x.size, $9)) over (order by tp.topic, tp.partition, x.generation, x.record_offset)
                    - least(x.size, $9) as before
            from ledger.position p
            join ledger.topic_partition tp on tp.id = p.topic_partition
            join ledger.stream s on s.name = tp.stream and p.generation <= s.live_generation
            left join unnest($1::text[], $2::int4[], $3::int4[], $4::int8[], $5::int8[])
                as m (topic, partition, generation, published, upto)
                on m.topic = tp.topic and m.partition = tp.partition and m.generation = p.generation
            cross join lateral (
                select i.topic_partition, i.generation, i.record_offset,
                    (coalesce(octet_length(i.key), 0) + coalesce(octet_length(i.value), 0)
                        + octet_length(i.message)
                        + coalesce((select sum(coalesce(octet_length(v), 0) + octet_length(n))
                            from unnest(i.header_names, i.header_values) as h (n, v)), 0))::int8 as size
                from ledger.dead_letter i
                where i.topic_partition = p.topic_partition and i.generation = p.generation
                    and i.record_offset > coalesce(m.published, -1)
                    and i.record_offset <= coalesce(m.upto, i.record_offset)
                order by i.record_offset limit $7
            ) x
            where not $6 or m.topic is not null
        ) d
        join ledger.dead_letter l on l.topic_partition = d.topic_partition
            and l.generation = d.generation and l.record_offset = d.record_offset
        where d.before < $8
        order by d.topic, d.partition, d.generation, d.record_offset limit $7
        """
}
