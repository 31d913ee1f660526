package import Contracts
package import Postgres
internal import Status

/// A plan as the ledger keeps it for its readers and for the next start of the judge.
package enum JudgementPlan {
    /// Reads what is known of a plan, in one snapshot: its counters and revision; what was in force
    /// at each stream's last round, and the contracts of that; the targets' states; each stream's
    /// last round; and where the plan began with a stream.
    package static func read(_ plan: String) -> [PostgresStatement] {
        [
            PostgresStatement(
                "select last_sequence, last_round, revision from ledger.plan where id = $1",
                [.text(plan)]),
            PostgresStatement(
                """
                select p.stream, e.revision, e.zone, e.division, e.place
                from ledger.judge_progress p cross join lateral (
                    select * from ledger.plan_edition e
                    where e.plan = p.plan and e.since_round <= p.round order by e.edition desc limit 1) e
                where p.plan = $1
                """, [.text(plan)]),
            PostgresStatement(
                """
                select p.stream, c.target, c.contract
                from ledger.judge_progress p cross join lateral (
                    select distinct on (t.target) t.target, t.contract from ledger.target_contract t
                    where t.plan = p.plan and t.since_round <= p.round
                    order by t.target, t.edition desc) c
                where p.plan = $1 and c.contract is not null
                """, [.text(plan)]),
            PostgresStatement(
                """
                select target, status, since, sequence, candidate, candidate_since
                from ledger.target_state where plan = $1
                """, [.text(plan)]),
            PostgresStatement(
                """
                select stream, as_of, topic_partitions, generations, offsets
                from ledger.judge_progress where plan = $1
                """, [.text(plan)]),
            PostgresStatement(
                """
                select stream, topic_partitions, generations, offsets
                from ledger.judge_start where plan = $1
                """, [.text(plan)]),
        ]
    }

    /// Writes the plan and its targets as they are now, and as an edition where that is another
    /// than the one before; what is no longer promised is forgotten, its changes stay. Goes before
    /// the rounds that rest on it, in their transaction.
    package static func write(_ plan: PlanContract) -> [PostgresStatement] {
        [
            PostgresStatement(
                """
                insert into ledger.plan (id, revision, title_zh, title_en, zone, period_start, period_end,
                    division, place)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                on conflict (id) do update set revision = excluded.revision, title_zh = excluded.title_zh,
                    title_en = excluded.title_en, zone = excluded.zone, period_start = excluded.period_start,
                    period_end = excluded.period_end, division = excluded.division, place = excluded.place
                """,
                [
                    .text(plan.id), .int4(Int32(clamping: plan.revision)), .text(plan.titleZh),
                    .text(plan.titleEn), .text(plan.zone.identifier),
                    .date(plan.periodStart.dayNumber),
                    .date(plan.periodEnd.dayNumber), .int4(plan.division), .text(plan.place),
                ]),
            PostgresStatement(
                "delete from ledger.target_state where plan = $1 and not target = any ($2)",
                [.text(plan.id), .texts(plan.targets.map(\.id))]),
            PostgresStatement(
                "delete from ledger.target where plan = $1 and not id = any ($2)",
                [.text(plan.id), .texts(plan.targets.map(\.id))]),
            upsert(plan.targets, plan: plan.id),
            PostgresStatement("delete from ledger.area where plan = $1", [.text(plan.id)]),
            PostgresStatement(
                """
                insert into ledger.area (plan, area, ordinal, name_zh, name_en)
                select $1, u.* from unnest($2::text[], $3::int4[], $4::text[], $5::text[]) as u
                """, named(plan.areas, plan: plan.id)),
            PostgresStatement("delete from ledger.division where plan = $1", [.text(plan.id)]),
            PostgresStatement(
                """
                insert into ledger.division (plan, division, ordinal, name_zh, name_en)
                select $1, u.code::int4, u.place, u.zh, u.en
                from unnest($2::text[], $3::int4[], $4::text[], $5::text[]) as u (code, place, zh, en)
                """, named(plan.divisions, plan: plan.id)),
            edition(of: plan),
        ]
    }

    private static func named(_ names: [NamedKey], plan: String) -> [PostgresValue] {
        [
            .text(plan), .texts(names.map(\.key)), .int4s(names.indices.map { Int32($0) }),
            .texts(names.map(\.zh)), .texts(names.map(\.en)),
        ]
    }

    private static func edition(of plan: PlanContract) -> PostgresStatement {
        PostgresStatement(
            """
            with held as (
                select distinct on (target) target, contract from ledger.target_contract
                where plan = $1 order by target, edition desc
            ), differing as (
                select coalesce(g.target, h.target) as target, g.contract
                from unnest($2::text[], $3::text[]) as g (target, contract)
                full join held h on h.target = g.target
                where g.contract is distinct from h.contract
            ), latest as (
                select * from ledger.plan_edition where plan = $1 order by edition desc limit 1
            ), edition as (
                insert into ledger.plan_edition (plan, edition, since_round, revision, zone, period_start,
                    period_end, division, place, targets)
                select p.id, coalesce((select edition from latest), 0) + 1, p.last_round + 1, p.revision,
                    p.zone, p.period_start, p.period_end, p.division, p.place, $2
                from ledger.plan p
                where p.id = $1 and (exists (select from differing) or not exists (
                    select from latest l
                    where (l.revision, l.zone, l.period_start, l.period_end, l.division, l.place, l.targets)
                        = (p.revision, p.zone, p.period_start, p.period_end, p.division, p.place, $2)))
                returning edition, since_round
            )
            insert into ledger.target_contract (plan, target, edition, since_round, contract)
            select $1, d.target, e.edition, e.since_round, d.contract from differing d, edition e
            """,
            [
                .text(plan.id), .texts(plan.targets.map(\.id)),
                .texts(plan.targets.map(\.canonicalText)),
            ])
    }

    private static func upsert(_ targets: [TargetContract], plan: String) -> PostgresStatement {
        PostgresStatement(
            """
            insert into ledger.target (plan, id, ordinal, sector, area, name_zh, name_en, kind, bound, value,
                value_max, scale, unit, window_start, deadline, stream, contract,
                metric, breakdown, member, projection_method)
            select $1, u.* from unnest($2::text[], $3::int4[], $4::text[], $5::text[], $6::text[], $7::text[],
                $8::text[], $9::text[], $10::int8[], $11::int8[], $12::int4[], $13::text[], $14::date[],
                $15::date[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[]) as u
            on conflict (plan, id) do update set ordinal = excluded.ordinal, sector = excluded.sector,
                area = excluded.area, name_zh = excluded.name_zh, name_en = excluded.name_en,
                kind = excluded.kind, bound = excluded.bound, value = excluded.value,
                value_max = excluded.value_max, scale = excluded.scale, unit = excluded.unit,
                window_start = excluded.window_start, deadline = excluded.deadline,
                stream = excluded.stream, contract = excluded.contract, metric = excluded.metric,
                breakdown = excluded.breakdown, member = excluded.member,
                projection_method = excluded.projection_method
            """,
            [
                .text(plan), .texts(targets.map(\.id)), .int4s(targets.indices.map { Int32($0) }),
                .texts(targets.map(\.sector)), .texts(targets.map(\.area)),
                .texts(targets.map(\.nameZh)),
                .texts(targets.map(\.nameEn)), .texts(targets.map(\.kind.rawValue)),
                .texts(targets.map(\.bound.rawValue)), .int8s(targets.map(\.value)),
                .optionalInt8s(targets.map(\.valueMax)),
                .int4s(targets.map { Int32(clamping: $0.scale) }),
                .texts(targets.map(\.unit)), .dates(targets.map(\.windowStart.dayNumber)),
                .dates(targets.map(\.deadline.dayNumber)), .texts(targets.map(\.source.stream)),
                .texts(targets.map(\.canonicalText)),
                .optionalTexts(targets.map(\.source.metric?.name)),
                .optionalTexts(targets.map(\.source.metric?.breakdown)),
                .optionalTexts(targets.map(\.source.metric?.member)),
                .texts(targets.map(\.projectionMethod.rawValue)),
            ])
    }
}

extension TargetContract.Source {
    /// Nil where an indicator feeds the target.
    fileprivate var metric: (name: String, breakdown: String?, member: String?)? {
        guard case .metric(_, let name, let breakdown, let member) = self else { return nil }
        return (name, breakdown, member)
    }
}
