internal import Aggregates
package import Contracts
package import Postgres

/// How a target's value grew: what a chart of it is drawn from. For the eye, not for judging.
package enum TargetCourse {
    /// The value at each of the instants, in base units; nil where it was not known. Days of an
    /// event stream count whole.
    package static func values(
        of standing: TargetStanding, at instants: [Instant],
        _ connection: inout PostgresConnection
    ) throws(PostgresFailure) -> [Double?] {
        guard let target = standing.contract, let zone = standing.zone else { return [] }
        switch target.source {
        case .metric(_, let metric, let breakdown, let member):
            // A change against the year before has no sum to draw.
            guard target.kind != .growth else { return [] }
            let sums = try connection.query(
                """
                select b.day, ledger.base_units(sum(b.value), m.scale)::float8::text
                from ledger.series r
                join ledger.metric m on m.name = r.metric
                join ledger.stream s on s.name = m.stream
                join ledger.topic_partition tp on tp.stream = s.name
                join ledger.bucket_day b on b.topic_partition = tp.id and b.generation = s.live_generation
                    and b.series = r.id and b.day between $4 and $5 and b.division::text like $6 || '%'
                where r.metric = $1 and r.breakdown = $2 and r.member = $3
                group by b.day, m.scale order by b.day
                """,
                [
                    .text(metric), .text(breakdown ?? ""), .text(member ?? ""),
                    .date(target.windowStart.dayNumber), .date(target.deadline.dayNumber),
                    .text(standing.place),
                ])
            var days = sums.map { ($0.date(0), Double($0.text(1)) ?? 0) }[...]
            var sum = 0.0
            return instants.map { instant in
                let today = zone.day(at: instant).dayNumber
                while let (day, value) = days.first, day < today {
                    sum += value
                    days.removeFirst()
                }
                return sum
            }
        case .indicator(let stream, let indicator):
            let book = try readings(
                stream, indicator, division: standing.division, &connection)
            return instants.map { instant in
                book.value(
                    indicator: indicator, target: target, division: standing.division, asOf: instant
                ).map { Double($0.value) / 1_000_000 }
            }
        }
    }

    private static func readings(
        _ stream: String, _ indicator: String, division: Int32,
        _ connection: inout PostgresConnection
    ) throws(PostgresFailure) -> MeasurementBook {
        let scopes = try connection.query(
            """
            select coalesce(array_agg(tp.id) filter (where tp.id is not null), '{}'), s.live_generation
            from ledger.stream s
            left join ledger.topic_partition tp on tp.stream = s.name
            where s.name = $1 group by s.live_generation
            """, [.text(stream)])
        var book = MeasurementBook()
        guard let row = scopes.first else { return book }
        let scope = JudgementReading.Scope(
            topicPartitions: row.int4Array(0), generation: row.int4(1),
            divisions: division...division)
        let statement = JudgementReading.readings(
            scope, indicators: [indicator], division: division)
        for row in try connection.query(statement.sql, statement.parameters) {
            book.add(
                MeasurementBook.Reading(
                    topicPartition: row.int4(1), recordOffset: row.int8(2), period: row.text(3),
                    periodStart: CivilDate(dayNumber: row.date(4)),
                    periodEnd: CivilDate(dayNumber: row.date(5)),
                    basis: row.bool(6) ? .cumulative : .period, revision: row.int8(7),
                    publishedAt: Instant(microseconds: row.timestamp(8)), value: row.int8(9)),
                indicator: indicator, division: division)
        }
        return book
    }
}
