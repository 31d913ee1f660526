package import Contracts
package import Postgres
internal import Status

extension Judgement {
    /// The statements that write it, in order, in one transaction. The first keeps the lease or
    /// raises HW001; the second moves the plan's counters or raises HW001: nothing else happens
    /// without them.
    package func statements(
        term: Int64, ttl: Duration, decidedAt: Instant, forget: [PostgresStatement]
    ) -> [PostgresStatement] {
        var statements = [LeaseStatements.hold("judge", term: term, ttl: ttl)]
        guard !isEmpty else { return statements }
        statements.append(
            PostgresStatement(
                "select ledger.advance_plan($1, $2, $3, $4, $5)",
                [
                    .text(plan), .int8(sequenceBefore), .int8(sequence), .int8(roundBefore),
                    .int8(round),
                ]))
        for stream in Set(rounds.map(\.stream)).sorted() {
            let rounds = rounds.filter { $0.stream == stream }
            statements.append(insert(rounds))
            if let last = rounds.last { statements.append(progress(last)) }
            if let start = rounds.first?.start {
                statements.append(insert(start: start, stream: stream))
            }
        }
        if !changes.isEmpty { statements.append(insertChanges(decidedAt: decidedAt)) }
        statements.append(Judgement.upsert(states, plan: plan, revision: revision))
        statements.append(contentsOf: forget)
        if !changes.isEmpty {
            statements.append(
                PostgresStatement("select pg_notify('headway_changes', $1)", [.text(plan)]))
        }
        return statements
    }

    /// One stream's rounds of one snapshot: their positions are the same.
    private func insert(_ rounds: [Round]) -> PostgresStatement {
        let positions = rounds.first?.positions ?? Positions()
        return PostgresStatement(
            """
            insert into ledger.judge_round (plan, round, stream, revision, as_of, clock, watermark,
                topic_partitions, generations, offsets)
            select $1, u.round, $2, $3, u.as_of, u.clock, $7, $8, $9, $10
            from unnest($4::int8[], $5::timestamptz[], $6::timestamptz[]) as u (round, as_of, clock)
            """,
            [
                .text(plan), .text(rounds.first?.stream ?? ""), .int4(Int32(clamping: revision)),
                .int8s(rounds.map(\.round)), .timestamps(rounds.map(\.asOf.microseconds)),
                .timestamps(rounds.map(\.clock.microseconds)),
                .timestamp(orNull: rounds.first?.watermark?.microseconds),
                .int4s(positions.topicPartitions), .int4s(positions.generations),
                .int8s(positions.offsets),
            ])
    }

    private func insert(start: Positions, stream: String) -> PostgresStatement {
        PostgresStatement(
            """
            insert into ledger.judge_start (plan, stream, topic_partitions, generations, offsets)
            values ($1, $2, $3, $4, $5)
            """,
            [
                .text(plan), .text(stream), .int4s(start.topicPartitions),
                .int4s(start.generations), .int8s(start.offsets),
            ])
    }

    private func progress(_ round: Round) -> PostgresStatement {
        PostgresStatement(
            """
            insert into ledger.judge_progress (plan, stream, as_of, topic_partitions, generations, offsets,
                round)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (plan, stream) do update set as_of = excluded.as_of, round = excluded.round,
                topic_partitions = excluded.topic_partitions, generations = excluded.generations,
                offsets = excluded.offsets
            """,
            [
                .text(plan), .text(round.stream), .timestamp(round.asOf.microseconds),
                .int4s(round.positions.topicPartitions), .int4s(round.positions.generations),
                .int8s(round.positions.offsets), .int8(round.round),
            ])
    }

    private func insertChanges(decidedAt: Instant) -> PostgresStatement {
        PostgresStatement(
            """
            insert into ledger.status_change (plan, sequence, target, round, decided_at, data)
            select $1, u.sequence, u.target, u.round, $2, u.data
            from unnest($3::int8[], $4::text[], $5::int8[], $6::text[]) as u (sequence, target, round, data)
            """,
            [
                .text(plan), .timestamp(decidedAt.microseconds),
                .int8s(changes.map(\.change.sequence)),
                .texts(changes.map(\.change.target.id)), .int8s(changes.map(\.round)),
                .texts(changes.map(\.change.json)),
            ])
    }

    /// Figures in base units of the target.
    package static func upsert(_ states: [State], plan: String, revision: Int) -> PostgresStatement
    {
        func figures(_ figure: (Assessment) -> Int128?) -> PostgresValue {
            .optionalTexts(
                states.map { state in
                    figure(state.assessment).map { Figure.format($0, scale: state.scale) }
                })
        }
        return PostgresStatement(
            """
            insert into ledger.target_state as t (plan, target, status, since, sequence, candidate,
                candidate_since, value, expected, pace, projected, as_of, revision)
            select $1, u.target, u.status, u.since, u.sequence, u.candidate, u.candidate_since,
                u.value::numeric, u.expected::numeric, u.pace, u.projected::numeric, u.as_of, $2
            from unnest($3::text[], $4::text[], $5::timestamptz[], $6::int8[], $7::text[], $8::timestamptz[],
                $9::text[], $10::text[], $11::int8[], $12::text[], $13::timestamptz[])
                as u (target, status, since, sequence, candidate, candidate_since, value, expected, pace,
                    projected, as_of)
            on conflict (plan, target) do update set status = excluded.status, since = excluded.since,
                sequence = excluded.sequence, candidate = excluded.candidate,
                candidate_since = excluded.candidate_since, value = excluded.value,
                expected = excluded.expected, pace = excluded.pace, projected = excluded.projected,
                as_of = excluded.as_of, revision = excluded.revision
            """,
            [
                .text(plan), .int4(Int32(clamping: revision)), .texts(states.map(\.target)),
                .texts(states.map { $0.machine.status?.rawValue ?? "" }),
                .timestamps(states.map { ($0.machine.since ?? $0.assessment.asOf).microseconds }),
                .int8s(states.map(\.sequence)),
                .optionalTexts(states.map { $0.machine.candidate?.rawValue }),
                .optionalTimestamps(states.map { $0.machine.candidateSince?.microseconds }),
                figures(\.value), figures { $0.expected },
                .optionalInt8s(states.map(\.assessment.pace)),
                figures(\.projected), .timestamps(states.map(\.assessment.asOf.microseconds)),
            ])
    }

    /// Deletes the touches that all rounds have seen: those up to the positions, in hours before
    /// the instant.
    package static func forget(_ seen: Positions, before asOf: Instant) -> PostgresStatement {
        PostgresStatement(
            """
            with gone as (
                delete from ledger.touch t using unnest($1::int4[], $2::int4[], $3::int8[]) as u (tp, gen, seen)
                where t.topic_partition = u.tp and t.generation = u.gen and t.next_offset <= u.seen
                    and not exists (select from unnest(t.hours) as h (hour) where h.hour >= $4)
                returning t.topic_partition)
            update ledger.stream s set touches_forgotten = true
            where not s.touches_forgotten and s.name in (select tp.stream from gone
                join ledger.topic_partition tp on tp.id = gone.topic_partition)
            """,
            [
                .int4s(seen.topicPartitions), .int4s(seen.generations), .int8s(seen.offsets),
                .timestamp(asOf.microseconds),
            ])
    }
}

/// Statements of a lease (`ledger.lease`): whose turn it is to judge, or to publish.
package enum LeaseStatements {
    /// Answers the term, or null while another holder lives.
    package static func take(_ role: String, owner: String, ttl: Duration) -> PostgresStatement {
        PostgresStatement(
            "select ledger.take_lease($1, $2, $3 * interval '1 microsecond')",
            [.text(role), .text(owner), .int8(ttl.microseconds)])
    }

    /// Raises HW001 where another term holds the lease.
    package static func hold(_ role: String, term: Int64, ttl: Duration) -> PostgresStatement {
        PostgresStatement(
            "select ledger.hold_lease($1, $2, $3 * interval '1 microsecond')",
            [.text(role), .int8(term), .int8(ttl.microseconds)])
    }

    package static func release(_ role: String, term: Int64) -> PostgresStatement {
        PostgresStatement("select ledger.release_lease($1, $2)", [.text(role), .int8(term)])
    }
}
