internal import Aggregates
package import Ledger
package import Postgres

/// What the ledger holds of one stream, read in one snapshot: positions, counts, cells, readings,
/// dead letters.
package struct LedgerFigures: Sendable {
    package struct Position: Sendable, Equatable {
        package var id: Int32
        package var partition: Int32
        package var generation: Int32
        package var nextOffset: Int64
        package var counts: OutcomeCounts
        package var state: String
    }

    package private(set) var positions: [Position] = []
    package private(set) var hours: [SecondFigures.Cell: SecondFigures.Sum] = [:]
    package private(set) var days: [SecondFigures.Cell: SecondFigures.Sum] = [:]
    package private(set) var measurements: [SecondFigures.Place: String] = [:]
    package private(set) var deadLetters: [SecondFigures.Place: String] = [:]

    /// The live generation of the stream.
    package static func read(
        _ stream: String, on connection: inout PostgresConnection
    ) throws(PostgresFailure) -> LedgerFigures {
        try connection.inTransaction(isolation: .repeatableRead, readOnly: true) {
            (connection) throws(PostgresFailure) in
            var figures = LedgerFigures()
            try figures.readPositions(stream, &connection)
            try figures.readHours(&connection)
            try figures.readDays(&connection)
            try figures.readMeasurements(&connection)
            try figures.readDeadLetters(&connection)
            return figures
        }
    }

    /// For the second fold: how far each partition is read, and what the log alone does not tell.
    package var extents: [SecondFold.Extent] {
        positions.map { position in
            let putAside = deadLetters.filter {
                $0.key.id == position.id && ["rejected", "quarantined"].contains($0.value)
            }
            return SecondFold.Extent(
                id: position.id, partition: position.partition, nextOffset: position.nextOffset,
                putAside: Set(putAside.map(\.key.offset)))
        }
    }

    private var ids: [PostgresValue] {
        [.int4s(positions.map(\.id)), .int4s(positions.map(\.generation))]
    }

    private mutating func readPositions(
        _ stream: String, _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        let rows = try connection.query(
            """
            select tp.id, tp.partition, p.generation, p.next_offset, p.folded, p.duplicate, p.dead_letter, p.skipped,
                p.state
            from ledger.position p
            join ledger.topic_partition tp on tp.id = p.topic_partition
            join ledger.stream s on s.name = tp.stream and s.live_generation = p.generation
            where s.name = $1 order by tp.partition
            """, [.text(stream)])
        for row in rows {
            let counts = OutcomeCounts(
                folded: row.int8(4), duplicate: row.int8(5), deadLetter: row.int8(6),
                skipped: row.int8(7))
            positions.append(
                Position(
                    id: row.int4(0), partition: row.int4(1), generation: row.int4(2),
                    nextOffset: row.int8(3),
                    counts: counts, state: row.text(8)))
        }
    }

    private static func cells(_ table: String, _ at: String) -> String {
        """
        select b.topic_partition, \(at), r.metric, r.breakdown, r.member, b.division, b.value::text, b.events
        from ledger.\(table) b
        join ledger.series r on r.id = b.series
        join unnest($1::int4[], $2::int4[]) as o (id, generation)
            on o.id = b.topic_partition and o.generation = b.generation
        """
    }

    private mutating func readHours(_ connection: inout PostgresConnection) throws(PostgresFailure)
    {
        for row in try connection.query(Self.cells("bucket_hour", "b.hour"), ids) {
            hours[Self.cell(row, at: row.timestamp(1))] = Self.sum(row)
        }
    }

    private mutating func readDays(_ connection: inout PostgresConnection) throws(PostgresFailure) {
        let rows = try connection.query(
            Self.cells("bucket_day", "(b.day - date '1970-01-01')::int8"), ids)
        for row in rows { days[Self.cell(row, at: row.int8(1))] = Self.sum(row) }
    }

    private static func cell(_ row: PostgresRow, at: Int64) -> SecondFigures.Cell {
        let series = SeriesKey(metric: row.text(2), breakdown: row.text(3), member: row.text(4))
        return SecondFigures.Cell(id: row.int4(0), at: at, series: series, division: row.int4(5))
    }

    private static func sum(_ row: PostgresRow) -> SecondFigures.Sum {
        SecondFigures.Sum(value: Int128(row.text(6)) ?? 0, events: row.int8(7))
    }

    private mutating func readMeasurements(
        _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        let rows = try connection.query(
            """
            select m.topic_partition, m.record_offset, m.indicator, m.division, m.period, m.basis, m.revision, m.value,
                m.published_at
            from ledger.measurement m
            join unnest($1::int4[], $2::int4[]) as o (id, generation)
                on o.id = m.topic_partition and o.generation = m.generation
            """, ids)
        for row in rows {
            let place = SecondFigures.Place(id: row.int4(0), offset: row.int8(1))
            measurements[place] = [
                row.text(2), String(row.int4(3)), row.text(4), row.text(5), String(row.int8(6)),
                String(row.int8(7)),
                String(row.timestamp(8)),
            ].joined(separator: " ")
        }
    }

    private mutating func readDeadLetters(
        _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        let rows = try connection.query(
            """
            select d.topic_partition, d.record_offset, d.reason
            from ledger.dead_letter d
            join unnest($1::int4[], $2::int4[]) as o (id, generation)
                on o.id = d.topic_partition and o.generation = d.generation
            """, ids)
        for row in rows {
            deadLetters[SecondFigures.Place(id: row.int4(0), offset: row.int8(1))] = row.text(2)
        }
    }
}
