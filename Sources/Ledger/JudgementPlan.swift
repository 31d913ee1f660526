package import Contracts
package import Postgres

/// A plan as the ledger keeps it for its readers and for the next start of the judge.
package enum JudgementPlan {
    /// Reads what is known of a plan, in one snapshot: its counters and revision; its targets'
    /// contracts; their states; and each stream's last round.
    package static func read(_ plan: String) -> [PostgresStatement] {
        [
            PostgresStatement(
                "select last_sequence, last_round, revision from ledger.plan where id = $1",
                [.text(plan)]),
            PostgresStatement(
                "select id, contract from ledger.target where plan = $1", [.text(plan)]),
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
        ]
    }

    /// Writes the plan and its targets as they are now; what is no longer promised is forgotten,
    /// its changes stay.
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
        ]
    }

    private static func upsert(_ targets: [TargetContract], plan: String) -> PostgresStatement {
        PostgresStatement(
            """
            insert into ledger.target (plan, id, ordinal, sector, area, name_zh, name_en, kind, bound, value,
                value_max, scale, unit, window_start, deadline, stream, contract)
            select $1, u.* from unnest($2::text[], $3::int4[], $4::text[], $5::text[], $6::text[], $7::text[],
                $8::text[], $9::text[], $10::int8[], $11::int8[], $12::int4[], $13::text[], $14::date[],
                $15::date[], $16::text[], $17::text[]) as u
            on conflict (plan, id) do update set ordinal = excluded.ordinal, sector = excluded.sector,
                area = excluded.area, name_zh = excluded.name_zh, name_en = excluded.name_en,
                kind = excluded.kind, bound = excluded.bound, value = excluded.value,
                value_max = excluded.value_max, scale = excluded.scale, unit = excluded.unit,
                window_start = excluded.window_start, deadline = excluded.deadline,
                stream = excluded.stream, contract = excluded.contract
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
            ])
    }
}

extension TargetContract {
    /// All that the target is judged by, in one text; names and places in the page are not.
    package var canonicalText: String {
        let source: [String] =
            switch self.source {
            case .metric(let stream, let metric, let breakdown, let member):
                ["metric", stream, metric, breakdown ?? "", member ?? ""]
            case .indicator(let stream, let indicator): ["indicator", stream, indicator]
            }
        let course: [String] =
            switch trajectory {
            case .linear: ["linear"]
            case .constant: ["constant"]
            case .profile(let knots):
                ["profile"] + knots.map { "\($0.day.iso)=\($0.shareMillionths)" }
            case .steps(let knots): ["steps"] + knots.map { "\($0.day.iso)=\($0.shareMillionths)" }
            }
        let figures = [value, valueMax ?? value, tolerance, slack].map {
            Figure.format($0, scale: scale)
        }
        let thresholds = [rule.atRiskBelow, rule.offTrackBelow, rule.recoverAbove].map {
            Figure.format($0, scale: 6)
        }
        let times = [rule.hold, rule.dwell, rule.staleAfter, rule.grace].map {
            $0?.iso8601 ?? "never"
        }
        let parts: [[String]] = [
            [kind.rawValue, bound.rawValue], figures, [windowStart.iso, deadline.iso], source,
            course,
            thresholds, times,
        ]
        return parts.map { $0.joined(separator: " ") }.joined(separator: "; ")
    }
}
