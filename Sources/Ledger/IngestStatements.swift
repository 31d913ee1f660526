internal import Aggregates
internal import Contracts
internal import Postgres

/// The statements of an ingest commit.
enum IngestStatements {
    /// In the order of ids, so that two owners that overlap never wait for each other crosswise.
    static func fence(_ fences: [IngestCommit.Fence]) -> PostgresStatement {
        let fences = fences.sorted { $0.topicPartition < $1.topicPartition }
        return PostgresStatement(
            "select ledger.fence($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            [
                .int4s(fences.map(\.topicPartition)), .int4s(fences.map(\.generation)),
                .int8s(fences.map(\.term)), .int8s(fences.map(\.expected)),
                .int8s(fences.map(\.next)),
                .optionalInt8s(fences.map { $0.last?.offset }),
                .optionalInt8s(fences.map { $0.last?.timestampMilliseconds }),
                .optionalInt8s(fences.map { $0.last?.hash }),
                .int8s(fences.map(\.counts.folded)), .int8s(fences.map(\.counts.duplicate)),
                .int8s(fences.map(\.counts.deadLetter)), .int8s(fences.map(\.counts.skipped)),
                .optionalTimestamps(fences.map { $0.watermark?.microseconds }),
                .bools(fences.map(\.atEnd)),
            ])
    }

    static func upsert(
        _ rows: HourRows, _ generations: IngestCommit.Generations
    ) -> PostgresStatement {
        PostgresStatement(
            """
            insert into ledger.bucket_hour as bucket
                (topic_partition, generation, hour, series, division, value, events)
            select * from unnest($1::int4[], $2::int4[], $3::timestamptz[], $4::int4[], $5::int4[], $6::int8[], $7::int8[])
            on conflict (topic_partition, generation, hour, series, division) do update
                set value = bucket.value + excluded.value, events = bucket.events + excluded.events
            """,
            [
                .int4s(rows.topicPartitions), .int4s(generations.of(rows.topicPartitions)),
                .timestamps(rows.hours), .int4s(rows.series), .int4s(rows.divisions),
                .int8s(rows.values), .int8s(rows.events),
            ])
    }

    static func upsert(
        _ rows: DayRows, _ generations: IngestCommit.Generations
    ) -> PostgresStatement {
        PostgresStatement(
            """
            insert into ledger.bucket_day as bucket
                (topic_partition, generation, day, series, division, value, events)
            select * from unnest($1::int4[], $2::int4[], $3::date[], $4::int4[], $5::int4[], $6::int8[], $7::int8[])
            on conflict (topic_partition, generation, day, series, division) do update
                set value = bucket.value + excluded.value, events = bucket.events + excluded.events
            """,
            [
                .int4s(rows.topicPartitions), .int4s(generations.of(rows.topicPartitions)),
                .dates(rows.days), .int4s(rows.series), .int4s(rows.divisions), .int8s(rows.values),
                .int8s(rows.events),
            ])
    }

    static func insert(
        _ rows: [MeasurementRow], _ lanes: [Int: IngestCommit.Fence]
    ) -> PostgresStatement {
        let fences = rows.map { owner(of: $0.lane, lanes) }
        return PostgresStatement(
            """
            insert into ledger.measurement
                (topic_partition, generation, indicator, division, period, record_offset, period_start,
                 period_end, basis, revision, published_at, value, unit)
            select * from unnest($1::int4[], $2::int4[], $3::text[], $4::int4[], $5::text[], $6::int8[], $7::date[],
                $8::date[], $9::text[], $10::int8[], $11::timestamptz[], $12::int8[], $13::text[])
            """,
            [
                .int4s(fences.map(\.topicPartition)), .int4s(fences.map(\.generation)),
                .texts(rows.map(\.indicator)), .int4s(rows.map(\.division)),
                .texts(rows.map(\.period)),
                .int8s(rows.map(\.recordOffset)), .dates(rows.map(\.periodStart)),
                .dates(rows.map(\.periodEnd)), .texts(rows.map(\.basis.rawValue)),
                .int8s(rows.map(\.revision)), .timestamps(rows.map(\.publishedAt)),
                .int8s(rows.map(\.value)), .optionalTexts(rows.map(\.unit)),
            ])
    }

    /// A segment that is there grows by the new fingerprints; `FingerprintDays` keeps it within its
    /// limit.
    static func append(
        _ appends: [FingerprintAppend], _ lanes: [Int: IngestCommit.Fence]
    ) -> PostgresStatement {
        let fences = appends.map { owner(of: $0.lane, lanes) }
        return PostgresStatement(
            """
            insert into ledger.fingerprint_segment as f (topic_partition, generation, day, segment, hashes)
            select * from unnest($1::int4[], $2::int4[], $3::date[], $4::int4[], $5::bytea[])
            on conflict (topic_partition, generation, day, segment) do update
                set hashes = f.hashes || excluded.hashes
            """,
            [
                .int4s(fences.map(\.topicPartition)), .int4s(fences.map(\.generation)),
                .dates(appends.map(\.day)), .int4s(appends.map(\.segment)),
                .byteas(appends.map(\.hashes)),
            ])
    }

    static func insert(_ letter: DeadLetterRow) -> PostgresStatement {
        PostgresStatement(
            """
            insert into ledger.dead_letter
                (topic_partition, generation, record_offset, stage, reason, message, key, value,
                 header_names, header_values, record_time)
            values ($1, $2, $3, $4, $5, $6, $7::bytea, $8::bytea, $9, $10, $11::timestamptz)
            """,
            [
                .int4(letter.topicPartition), .int4(letter.generation), .int8(letter.offset),
                .text(letter.stage), .text(letter.reason),
                // A message may quote the record, and PostgreSQL's text holds no NUL.
                .text(letter.message.filter { $0 != "\0" }), .bytes(orNull: letter.key),
                .bytes(orNull: letter.value), .byteas(letter.headerNames),
                .byteas(letter.headerValues),
                .timestamp(orNull: letter.timestampMilliseconds.map(recordTime)),
            ])
    }

    static func insert(_ touches: [Touch], _ fence: IngestCommit.Fence) -> PostgresStatement {
        PostgresStatement(
            """
            insert into ledger.touch (topic_partition, generation, next_offset, subjects, hours, kinds)
            values ($1, $2, $3, $4, $5, $6)
            """,
            [
                .int4(fence.topicPartition), .int4(fence.generation), .int8(fence.next),
                .texts(touches.map(\.subject)), .timestamps(touches.map(\.hour)),
                .int2s(touches.map(\.kinds.rawValue)),
            ])
    }

    static func notify(_ stream: String, hasDeadLetters: Bool) -> PostgresStatement {
        if hasDeadLetters {
            return PostgresStatement(
                "select pg_notify('headway_commit', $1), pg_notify('headway_changes', '')",
                [.text(stream)])
        }
        return PostgresStatement("select pg_notify('headway_commit', $1)", [.text(stream)])
    }

    /// A record may claim any time, but PostgreSQL ends: beyond eight thousand years it is an
    /// infinity.
    private static func recordTime(milliseconds: Int64) -> Int64 {
        let (microseconds, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000)
        guard !overflow, abs(microseconds / 1_000_000) < 200_000_000_000 else {
            return milliseconds < 0 ? .min : .max
        }
        return microseconds
    }

    private static func owner(
        of lane: Int, _ lanes: [Int: IngestCommit.Fence]
    ) -> IngestCommit.Fence {
        guard let fence = lanes[lane] else {
            preconditionFailure("rows of lane \(lane) without a fence")
        }
        return fence
    }
}
