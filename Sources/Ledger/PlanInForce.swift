package import Contracts
package import Postgres

/// A plan as it was judged by at a round, out of what the judge wrote down when it took it up
/// (`ledger.plan_edition`, `ledger.target_contract`).
package struct PlanInForce: Sendable, Equatable {
    /// Counted from 1 with each edit that was taken up.
    package var edition: Int32
    /// The first round that it could rest on.
    package var sinceRound: Int64
    package var takenUpAt: Instant
    /// Targets in the order of their page; those that are promised no more have no names.
    package var plan: PlanContract

    /// At a round; nil: now. Read both in one snapshot, and hand their rows to `init`.
    package static func read(_ plan: String, round: Int64? = nil) -> [PostgresStatement] {
        let parameters: [PostgresValue] = [.text(plan), .int8(round ?? .max)]
        return [
            PostgresStatement(
                """
                select e.edition, e.since_round, e.taken_up_at, e.revision, p.title_zh, p.title_en, e.zone,
                    e.period_start, e.period_end, e.division, e.place
                from ledger.plan_edition e join ledger.plan p on p.id = e.plan
                where e.plan = $1 and e.since_round <= $2 order by e.edition desc limit 1
                """, parameters),
            PostgresStatement(
                """
                select c.target, c.contract, coalesce(t.sector, ''), coalesce(t.area, ''),
                    coalesce(t.name_zh, ''), coalesce(t.name_en, '')
                from (select distinct on (target) target, contract from ledger.target_contract
                    where plan = $1 and since_round <= $2 order by target, edition desc) c
                left join ledger.target t on t.plan = $1 and t.id = c.target
                where c.contract is not null
                order by (select array_position(e.targets, c.target) from ledger.plan_edition e
                    where e.plan = $1 and e.since_round <= $2 order by e.edition desc limit 1)
                """, parameters),
        ]
    }

    /// Nil where nothing was written down so far back, or a text is of another version's.
    package init?(_ id: String, _ rows: [PostgresRows]) {
        guard rows.count == 2, let row = rows[0].first, let zone = Zone(identifier: row.text(6))
        else { return nil }
        let targets = rows[1].compactMap {
            TargetContract(
                id: $0.text(0), canonicalText: $0.text(1), sector: $0.text(2), area: $0.text(3),
                nameZh: $0.text(4), nameEn: $0.text(5))
        }
        guard targets.count == rows[1].count else { return nil }
        edition = row.int4(0)
        sinceRound = row.int8(1)
        takenUpAt = Instant(microseconds: row.timestamp(2))
        plan = PlanContract(
            id: id, revision: Int(row.int4(3)), titleZh: row.text(4), titleEn: row.text(5),
            zone: zone, periodStart: CivilDate(dayNumber: row.date(7)),
            periodEnd: CivilDate(dayNumber: row.date(8)), division: row.int4(9),
            place: row.text(10), targets: targets)
    }
}
