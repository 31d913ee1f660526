package import Aggregates
package import Contracts
package import Postgres

/// What the judge reads of the aggregates. All sums are over partitions, and over the divisions
/// from one up to another, inclusive.
package enum JudgementReading {
    /// Where sums are taken: partitions of one stream in one generation, and a range of divisions.
    package struct Scope: Sendable, Equatable {
        package var topicPartitions: [Int32]
        package var generation: Int32
        package var divisions: ClosedRange<Int32>

        package init(topicPartitions: [Int32], generation: Int32, divisions: ClosedRange<Int32>) {
            self.topicPartitions = topicPartitions
            self.generation = generation
            self.divisions = divisions
        }

        var parameters: [PostgresValue] {
            [
                .int4s(topicPartitions), .int4(generation), .int4(divisions.lowerBound),
                .int4(divisions.upperBound),
            ]
        }
    }

    /// The live generation's positions of streams. Columns: stream, topic_partition, topic,
    /// partition, generation, next_offset, watermark, halted, at_end, unread, age in microseconds,
    /// touches forgotten.
    package static func positions(_ streams: [String]) -> PostgresStatement {
        PostgresStatement(
            """
            select tp.stream, p.topic_partition, tp.topic, tp.partition, p.generation, p.next_offset, p.watermark,
                p.state <> 'running', p.at_end, p.folded + p.duplicate + p.dead_letter + p.skipped = 0,
                (extract(epoch from clock_timestamp() - p.committed_at) * 1000000)::int8,
                s.touches_forgotten
            from ledger.position p
            join ledger.topic_partition tp on tp.id = p.topic_partition
            join ledger.stream s on s.name = tp.stream and s.live_generation = p.generation
            where tp.stream = any ($1)
            order by tp.stream, tp.topic, tp.partition
            """, [.texts(streams)])
    }

    /// Touches of the live generation beyond what was read of each partition; all of a partition
    /// that is not named. Columns: stream, topic_partition, generation, next_offset, subjects,
    /// hours, kinds.
    package static func touches(
        _ streams: [String], topicPartitions: [Int32], generations: [Int32], read: [Int64]
    ) -> PostgresStatement {
        PostgresStatement(
            """
            select tp.stream, t.topic_partition, t.generation, t.next_offset, t.subjects, t.hours, t.kinds
            from ledger.topic_partition tp
            join ledger.stream s on s.name = tp.stream
            left join unnest($2::int4[], $3::int4[], $4::int8[]) as u (tp, gen, read)
                on u.tp = tp.id and u.gen = s.live_generation
            join ledger.touch t on t.topic_partition = tp.id and t.generation = s.live_generation
                and t.next_offset > coalesce(u.read, -1)
            where tp.stream = any ($1)
            order by t.topic_partition, t.next_offset
            """, [.texts(streams), .int4s(topicPartitions), .int4s(generations), .int8s(read)])
    }

    /// Columns: id, metric, breakdown, member.
    package static func series(_ keys: [SeriesKey]) -> PostgresStatement {
        PostgresStatement(
            """
            select s.id, s.metric, s.breakdown, s.member
            from unnest($1::text[], $2::text[], $3::text[]) as u (metric, breakdown, member)
            join ledger.series s on s.metric = u.metric and s.breakdown = u.breakdown and s.member = u.member
            """,
            [.texts(keys.map(\.metric)), .texts(keys.map(\.breakdown)), .texts(keys.map(\.member))])
    }

    /// Columns: series, day, value, events.
    package static func days(_ scope: Scope, series: [Int32], days: [CivilDate])
        -> PostgresStatement
    {
        PostgresStatement(
            """
            select b.series, b.day, sum(b.value)::text, sum(b.events)::int8
            from ledger.bucket_day b
            where b.topic_partition = any ($1) and b.generation = $2 and b.day = any ($5)
                and b.series = any ($6) and b.division between $3 and $4
            group by b.series, b.day
            """, scope.parameters + [.dates(days.map(\.dayNumber)), .int4s(series)])
    }

    /// Columns: series, hour, value, events; by series and hour.
    package static func hours(_ scope: Scope, series: [Int32], hours: [Instant])
        -> PostgresStatement
    {
        PostgresStatement(
            """
            select b.series, b.hour, sum(b.value)::text, sum(b.events)::int8
            from ledger.bucket_hour b
            where b.topic_partition = any ($1) and b.generation = $2 and b.hour = any ($5)
                and b.series = any ($6) and b.division between $3 and $4
            group by b.series, b.hour order by b.series, b.hour
            """, scope.parameters + [.timestamps(hours.map(\.microseconds)), .int4s(series)])
    }

    /// The latest hour that any bucket has. One column, null where there is none.
    package static func latestHour(_ scope: Scope) -> PostgresStatement {
        PostgresStatement(
            """
            select max(b.hour) from unnest($1::int4[]) as u (tp), lateral (
                select hour from ledger.bucket_hour where topic_partition = u.tp and generation = $2
                order by hour desc limit 1) b
            """, [.int4s(scope.topicPartitions), .int4(scope.generation)])
    }

    /// All readings of indicators for one division. Columns: indicator, topic_partition,
    /// record_offset, period, period_start, period_end, is cumulative, revision, published_at,
    /// value.
    package static func readings(
        _ scope: Scope, indicators: [String], division: Int32
    ) -> PostgresStatement {
        PostgresStatement(
            """
            select m.indicator, m.topic_partition, m.record_offset, m.period, m.period_start, m.period_end,
                m.basis = 'cumulative', m.revision, m.published_at, m.value
            from ledger.measurement m
            where m.topic_partition = any ($1) and m.generation = $2 and m.indicator = any ($3)
                and m.division = $4
            """,
            [
                .int4s(scope.topicPartitions), .int4(scope.generation), .texts(indicators),
                .int4(division),
            ])
    }
}

/// What rolling values are made of, and how they are kept.
package enum RollingStatements {
    /// A row of `ledger.rolling_value`. Total: breakdown and member empty.
    package struct Row: Sendable, Equatable {
        package var series: SeriesKey
        package var place: String
        package var window: RollingWindow
        package var asOf: Instant
        package var sum: BucketSum
        /// Decimals of the sum.
        package var scale: Int

        package init(
            series: SeriesKey, place: String, window: RollingWindow, asOf: Instant, sum: BucketSum,
            scale: Int
        ) {
            self.series = series
            self.place = place
            self.window = window
            self.asOf = asOf
            self.sum = sum
            self.scale = scale
        }
    }

    /// Totals by division, members over the whole place (division 0). Columns: metric, breakdown,
    /// member, division, day, value, events. From a day on, or just some days.
    package static func days(
        _ scope: JudgementReading.Scope, from: CivilDate?, days: [CivilDate]
    ) -> PostgresStatement {
        let (condition, value): (String, PostgresValue) =
            from.map { ("b.day >= $5", .date($0.dayNumber)) }
            ?? ("b.day = any ($5)", .dates(days.map(\.dayNumber)))
        return PostgresStatement(
            """
            select s.metric, s.breakdown, s.member, d.division, d.day, d.value::text, d.events
            from (
                select b.series, case when r.breakdown = '' then b.division else 0 end as division, b.day,
                    sum(b.value) as value, sum(b.events)::int8 as events
                from ledger.bucket_day b join ledger.series r on r.id = b.series
                where b.topic_partition = any ($1) and b.generation = $2 and b.division between $3 and $4
                    and \(condition)
                group by 1, 2, 3) d
            join ledger.series s on s.id = d.series
            """, scope.parameters + [value])
    }

    /// The same by hour.
    package static func hours(
        _ scope: JudgementReading.Scope, hours: [Instant]
    ) -> PostgresStatement {
        PostgresStatement(
            """
            select s.metric, s.breakdown, s.member, d.division, d.hour, d.value::text, d.events
            from (
                select b.series, case when r.breakdown = '' then b.division else 0 end as division, b.hour,
                    sum(b.value) as value, sum(b.events)::int8 as events
                from ledger.bucket_hour b join ledger.series r on r.id = b.series
                where b.topic_partition = any ($1) and b.generation = $2 and b.division between $3 and $4
                    and b.hour = any ($5)
                group by 1, 2, 3) d
            join ledger.series s on s.id = d.series
            """, scope.parameters + [.timestamps(hours.map(\.microseconds))])
    }

    /// Figures in base units.
    package static func upsert(_ rows: [Row]) -> PostgresStatement {
        PostgresStatement(
            """
            insert into ledger.rolling_value (metric, place, "window", breakdown, member, as_of, value, events)
            select u.metric, u.place, u.w, u.breakdown, u.member, u.as_of, u.value::numeric, u.events
            from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                $7::text[], $8::int8[]) as u (metric, place, w, breakdown, member, as_of, value, events)
            on conflict (metric, place, "window", breakdown, member)
                do update set as_of = excluded.as_of, value = excluded.value, events = excluded.events
            """,
            [
                .texts(rows.map(\.series.metric)), .texts(rows.map(\.place)),
                .texts(rows.map(\.window.rawValue)), .texts(rows.map(\.series.breakdown)),
                .texts(rows.map(\.series.member)), .timestamps(rows.map(\.asOf.microseconds)),
                .texts(rows.map { Figure.format($0.sum.value, scale: $0.scale) }),
                .int8s(rows.map(\.sum.events)),
            ])
    }
}
