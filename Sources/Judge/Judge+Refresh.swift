internal import Aggregates
internal import Contracts
internal import Ledger
internal import Postgres

extension Judge {
    /// Writes rolling values, and figures of targets that moved no status. True where something was
    /// written.
    func refresh(
        _ connection: inout PostgresConnection, _ bench: inout Bench, term: Int64
    ) throws(PostgresFailure) -> Bool {
        var rows: [RollingStatements.Row] = []
        for index in bench.rolling.indices {
            let (stream, plan) = (bench.rolling[index].stream.name, bench.rolling[index].plan)
            guard let judgedTo = bench.judgedTo[plan.id]?[stream],
                let (need, asOf) = bench.rolling[index].need(asOf: judgedTo)
            else { continue }
            try read(need, &bench.rolling[index], &connection)
            rows += bench.rolling[index].rows(asOf: asOf)
        }
        var statements: [PostgresStatement] = []
        if !rows.isEmpty { statements.append(RollingStatements.upsert(rows)) }
        var figures = 0
        for index in bench.machines.indices {
            let states = bench.machines[index].takeStaleStates()
            figures += states.count
            let plan = bench.machines[index].plan
            if !states.isEmpty {
                statements.append(Judgement.upsert(states, plan: plan.id, revision: plan.revision))
            }
        }
        guard !statements.isEmpty else { return false }
        let hold = LeaseStatements.hold("judge", term: term, ttl: settings.leaseTTL)
        _ = try connection.transaction([hold] + statements + forgetUnwatched(bench))
        observer.judgeRefreshed(rolling: rows.count, figures: figures)
        return true
    }

    private func read(
        _ need: RollingDesk.Need, _ desk: inout RollingDesk, _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        let scope = JudgementReading.Scope(
            topicPartitions: need.topicPartitions, generation: need.generation,
            divisions: divisions(of: desk.plan.place))
        var statements: [PostgresStatement] = []
        if need.from != nil || !need.days.isEmpty {
            statements.append(RollingStatements.days(scope, from: need.from, days: need.days))
        }
        let hasDays = !statements.isEmpty
        if !need.hours.isEmpty {
            statements.append(RollingStatements.hours(scope, hours: need.hours))
        }
        // One statement sees one snapshot, and two of them need not see the same: what the second
        // sees beyond the first is touched, and so read again.
        for (index, rows) in try connection.pipeline(statements).enumerated() {
            for row in rows {
                let series = SeriesKey(
                    metric: row.text(0), breakdown: row.text(1), member: row.text(2))
                let sum = BucketSum(row.text(5), events: row.int8(6))
                if hasDays && index == 0 {
                    let day = CivilDate(dayNumber: row.date(4))
                    desk.set(series, division: row.int4(3), day: day, to: sum)
                } else {
                    let hour = Instant(microseconds: row.timestamp(4))
                    desk.set(series, division: row.int4(3), hour: hour, to: sum)
                }
            }
        }
    }

    /// Touches of streams that no plan reads: nobody else will let them go.
    private func forgetUnwatched(_ bench: Bench) -> [PostgresStatement] {
        let watched = Set(bench.machines.flatMap(\.desks).map(\.contract.name))
        guard bench.streams.contains(where: { !watched.contains($0) }) else { return [] }
        var seen: [String: Judgement.Positions] = [:]
        for (stream, view) in bench.views where !watched.contains(stream) {
            seen[stream] = view.positions
        }
        return seen.sorted { $0.key < $1.key }.map {
            Judgement.forget($0.value, before: .init(microseconds: .max))
        }
    }
}
