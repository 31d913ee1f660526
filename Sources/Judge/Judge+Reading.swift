internal import Aggregates
internal import Contracts
internal import Ledger
internal import Postgres
internal import Status

extension Judge {
    /// What the ledger knows of the plans, and nothing of the streams yet: the first snapshot reads
    /// those.
    func load(_ connection: inout PostgresConnection) throws(PostgresFailure) -> Bench {
        let desk = currentDesk
        var catalogue = desk.catalogue
        var machines: [JudgeMachine] = []
        var edits: [String: PlanDifference] = [:]
        for (index, declared) in catalogue.plans.enumerated() {
            let (plan, restored, edit) = try restore(declared, &connection)
            catalogue.plans[index] = plan
            edits[plan.id] = edit
            machines.append(
                JudgeMachine(
                    plan: plan, streams: catalogue.streams, restored: restored, settings: settings))
        }
        // Plans of one place share its rolling values: of each stream, the first that is judged by it.
        var taken: Set<[String]> = []
        let rolling = catalogue.plans.flatMap { plan in
            let watched = Set(plan.targets.map(\.source.stream))
            return catalogue.streams.filter { stream in
                stream.kind == .events && watched.contains(stream.name)
                    && taken.insert([plan.place, stream.name]).inserted
            }.map { RollingDesk($0, plan: plan) }
        }
        return Bench(
            machines: machines, rolling: rolling, unwritten: catalogue.plans, edits: edits,
            replaced: desk.replaced, streams: catalogue.streams.map(\.name))
    }

    /// The plan that is to be judged, what is known of it, and what it has other than was in force:
    /// everything where nothing was.
    private func restore(
        _ declared: PlanContract, _ connection: inout PostgresConnection
    ) throws(PostgresFailure) -> (PlanContract, JudgeMachine.Restored, PlanDifference?) {
        let rows = try connection.inTransaction(isolation: .repeatableRead, readOnly: true) {
            (connection) throws(PostgresFailure) in
            try connection.pipeline(
                JudgementPlan.read(declared.id) + PlanInForce.read(declared.id))
        }
        let inForce = PlanInForce(declared.id, rows.suffix(2))?.plan
        let plan = chosen(declared, inForce)
        var nothing = plan
        nothing.targets = []
        let edit = PlanDifference(from: inForce ?? nothing, to: plan)
        var restored = JudgeMachine.Restored()
        if let row = rows[0].first {
            restored.sequence = row.int8(0)
            restored.round = row.int8(1)
        }
        restored.edited = edited(plan, editions: rows[1], contracts: rows[2])
        for row in rows[3] {
            guard let status = TargetStatus(rawValue: row.text(1)) else { continue }
            let machine = StatusMachine(
                status: status, since: Instant(microseconds: row.timestamp(2)),
                candidate: row.optionalText(4).flatMap(TargetStatus.init(rawValue:)),
                candidateSince: row.optionalTimestamp(5).map(Instant.init(microseconds:)))
            restored.targets[row.text(0)] = .init(machine: machine, sequence: row.int8(3))
        }
        for row in rows[4] {
            restored.streams[row.text(0)] = .init(
                asOf: Instant(microseconds: row.timestamp(1)), positions: positions(row, from: 2))
        }
        for row in rows[5] {
            restored.starts[row.text(0)] = positions(row, from: 1)
        }
        return (plan, restored, edit.isEmpty ? nil : edit)
    }

    private func positions(_ row: PostgresRow, from column: Int) -> Judgement.Positions {
        var positions = Judgement.Positions()
        positions.topicPartitions = row.int4Array(column)
        positions.generations = row.int4Array(column + 1)
        positions.offsets = row.int8Array(column + 2)
        return positions
    }

    /// What was declared, unless the ledger has a later revision: an old file on one of several
    /// machines must not take back an edit in silence.
    private func chosen(_ declared: PlanContract, _ inForce: PlanContract?) -> PlanContract {
        guard var inForce, inForce.revision > declared.revision else { return declared }
        observer.judgeKeptPlan(
            declared.id, revision: inForce.revision, instead: declared.revision)
        (inForce.areas, inForce.divisions) = (declared.areas, declared.divisions)
        return inForce
    }

    /// Targets whose contract is another than at their stream's last round, or all of the stream
    /// where the plan itself is. None where nobody wrote down what was in force then.
    private func edited(
        _ plan: PlanContract, editions: PostgresRows, contracts: PostgresRows
    ) -> Set<String> {
        var held: [String: [String: String]] = [:]
        for row in contracts { held[row.text(0), default: [:]][row.text(1)] = row.text(2) }
        var edited: Set<String> = []
        for row in editions {
            let stream = row.text(0)
            let isSame =
                row.int8(1) == Int64(plan.revision) && row.text(2) == plan.zone.identifier
                && row.int4(3) == plan.division && row.text(4) == plan.place
            for target in plan.targets where target.source.stream == stream {
                let contract = held[stream]?[target.id]
                if !isSame || contract != target.canonicalText { edited.insert(target.id) }
            }
        }
        return edited
    }

    // MARK: Snapshots

    /// One snapshot: positions, what came since the snapshot before, and the figures that it
    /// changed.
    func observe(
        _ connection: inout PostgresConnection, _ bench: inout Bench
    ) throws(PostgresFailure) {
        try connection.begin(isolation: .repeatableRead, readOnly: true)
        do throws(PostgresFailure) {
            let views = try views(&connection, &bench)
            bench.views = views
            for index in bench.rolling.indices {
                if let view = views[bench.rolling[index].stream.name] {
                    bench.rolling[index].observed(view)
                }
            }
            for index in bench.machines.indices {
                for (stream, reload) in bench.machines[index].observed(views) {
                    guard let view = views[stream] else { continue }
                    let figures = try figures(
                        of: bench.machines[index], stream: stream, reload: reload, view: view,
                        &bench.series,
                        &connection)
                    bench.machines[index].loaded(figures, stream: stream, split: reload.split)
                }
            }
        } catch {
            connection.rollBack()
            throw error
        }
        try connection.commit()
    }

    private func views(
        _ connection: inout PostgresConnection, _ bench: inout Bench
    ) throws(PostgresFailure) -> [String: StreamView] {
        let read = bench.read.sorted { $0.key < $1.key }
        let rows = try connection.pipeline([
            JudgementReading.positions(bench.streams),
            JudgementReading.touches(
                bench.streams, topicPartitions: read.map(\.key),
                generations: read.map(\.value.generation),
                read: read.map(\.value.offset)),
        ])
        var views: [String: StreamView] = [:]
        for row in rows[0] {
            let partition = StreamView.Partition(
                topicPartition: row.int4(1), topic: row.text(2), partition: row.int4(3),
                generation: row.int4(4), nextOffset: row.int8(5),
                watermark: row.optionalTimestamp(6).map(Instant.init(microseconds:)),
                isHalted: row.bool(7), isAtEnd: row.bool(8), isUnread: row.bool(9),
                age: .microseconds(row.int8(10)))
            views[row.text(0), default: StreamView(partitions: [])].partitions.append(partition)
            views[row.text(0)]?.hasForgotten = row.bool(11)
            bench.read[partition.topicPartition] = (partition.generation, partition.nextOffset)
        }
        for row in rows[1] {
            let hours = row.timestampArray(5)
            let kinds = row.int2Array(6)
            for (index, subject) in row.textArray(4).enumerated() {
                views[row.text(0)]?.touches.append(
                    StreamView.Touch(
                        topicPartition: row.int4(1), generation: row.int4(2),
                        nextOffset: row.int8(3),
                        subject: subject, hour: Instant(microseconds: hours[index]),
                        kinds: kinds[index]))
            }
            views[row.text(0)]?.touchRows += 1
        }
        return views
    }

    // MARK: Figures

    private func figures(
        of machine: JudgeMachine, stream: String, reload: StreamDesk.Reload, view: StreamView,
        _ ids: inout [SeriesKey: Int32], _ connection: inout PostgresConnection
    ) throws(PostgresFailure) -> StreamDesk.Figures {
        var figures = StreamDesk.Figures()
        guard let desk = machine.desks.first(where: { $0.contract.name == stream }),
            let generation = view.partitions.first?.generation
        else { return figures }
        let scope = JudgementReading.Scope(
            topicPartitions: view.partitions.map(\.topicPartition), generation: generation,
            divisions: divisions(of: machine.plan.place))
        let touched = reload.isWhole ? nil : Set(reload.hours.keys)

        let indicators = desk.indicators.filter { touched?.contains($0) ?? true }.sorted()
        if !indicators.isEmpty {
            let statement = JudgementReading.readings(
                scope, indicators: indicators, division: machine.plan.division)
            for row in try connection.query(statement.sql, statement.parameters) {
                figures.readings[row.text(0), default: []].append(reading(row))
            }
        }

        let keys = desk.series.keys.filter { touched?.contains($0.metric) ?? true }.sorted()
        guard !keys.isEmpty else { return figures }
        try resolve(keys, &ids, &connection)
        let series = Dictionary(
            keys.compactMap { key in ids[key].map { ($0, key) } },
            uniquingKeysWith: { first, _ in first })
        guard !series.isEmpty else { return figures }
        if reload.isWhole {
            try loadWhole(&figures, desk, scope, series, split: reload.split, &connection)
        } else {
            let hours = Set(
                reload.hours.filter { touched?.contains($0.key) ?? true }.values.joined())
            try loadTouched(&figures, desk, scope, series, hours, split: reload.split, &connection)
        }
        return figures
    }

    private func reading(_ row: PostgresRow) -> MeasurementBook.Reading {
        MeasurementBook.Reading(
            topicPartition: row.int4(1), recordOffset: row.int8(2), period: row.text(3),
            periodStart: CivilDate(dayNumber: row.date(4)),
            periodEnd: CivilDate(dayNumber: row.date(5)),
            basis: row.bool(6) ? .cumulative : .period, revision: row.int8(7),
            publishedAt: Instant(microseconds: row.timestamp(8)), value: row.int8(9))
    }

    private func resolve(
        _ keys: [SeriesKey], _ ids: inout [SeriesKey: Int32], _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        let unknown = keys.filter { ids[$0] == nil }
        guard !unknown.isEmpty else { return }
        let statement = JudgementReading.series(unknown)
        for row in try connection.query(statement.sql, statement.parameters) {
            ids[SeriesKey(metric: row.text(1), breakdown: row.text(2), member: row.text(3))] =
                row.int4(0)
        }
    }

    /// Days before the split, hours from it on, and the last hours before it.
    private func loadWhole(
        _ figures: inout StreamDesk.Figures, _ desk: StreamDesk, _ scope: JudgementReading.Scope,
        _ series: [Int32: SeriesKey], split: Instant, _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        let zone = desk.contract.zone
        let splitDay = zone.day(at: split)
        let firstDay = min(desk.series.firstDay ?? splitDay, splitDay)
        let days = (firstDay.dayNumber..<splitDay.dayNumber).map(CivilDate.init(dayNumber:))
        try load(&figures, days: days, scope, series, &connection)

        var hours: [Instant] = []
        let latest = JudgementReading.latestHour(scope)
        let latestRows = try connection.query(latest.sql, latest.parameters)
        if let latestHour = latestRows.first?.optionalTimestamp(0) {
            // No target counts what lies behind its deadline, so far off as a bucket may be.
            let last = min(latestHour, desk.lastCounted.microseconds)
            var hour = split
            while hour.microseconds <= last {
                hours.append(hour)
                hour = hour.adding(.hours(1))
            }
        }
        let held = Dictionary(grouping: figures.days, by: \.series).mapValues { $0.map(\.time) }
        for day in desk.cutDays(before: split, days: held) { hours += zone.hours(of: day) }
        try load(&figures, hours: hours, scope, series, &connection)

        let compared = desk.comparedDays(before: split)
        try load(
            &figures, hours: compared.days.flatMap(zone.hours), scope,
            series.filter { compared.series.contains($0.value) }, &connection)
    }

    /// The hours that were touched; before the split their days too, because sums are kept by day
    /// there.
    private func loadTouched(
        _ figures: inout StreamDesk.Figures, _ desk: StreamDesk, _ scope: JudgementReading.Scope,
        _ series: [Int32: SeriesKey], _ hours: Set<Instant>, split: Instant,
        _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        let splits = series.values.map { desk.split(of: $0, otherwise: split) }
        let latest = splits.max() ?? split
        let days = Set(hours.filter { $0 < latest }.map { desk.contract.zone.day(at: $0) })
        try load(&figures, days: days.sorted(), scope, series, &connection)
        // A series of which nothing was known so far is split elsewhere: its days are those before
        // its own.
        figures.days.removeAll {
            desk.contract.zone.start(of: $0.time) >= desk.split(of: $0.series, otherwise: split)
        }
        try load(&figures, hours: hours.sorted(), scope, series, &connection)
    }

    private func load(
        _ figures: inout StreamDesk.Figures, days: [CivilDate], _ scope: JudgementReading.Scope,
        _ series: [Int32: SeriesKey], _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        guard !days.isEmpty else { return }
        let statement = JudgementReading.days(scope, series: series.keys.sorted(), days: days)
        for row in try connection.query(statement.sql, statement.parameters) {
            guard let key = series[row.int4(0)] else { continue }
            figures.days.append(
                .init(
                    series: key, time: CivilDate(dayNumber: row.date(1)),
                    sum: BucketSum(row.text(2), events: row.int8(3))))
        }
    }

    private func load(
        _ figures: inout StreamDesk.Figures, hours: [Instant], _ scope: JudgementReading.Scope,
        _ series: [Int32: SeriesKey], _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        guard !hours.isEmpty else { return }
        let statement = JudgementReading.hours(scope, series: series.keys.sorted(), hours: hours)
        for row in try connection.query(statement.sql, statement.parameters) {
            guard let key = series[row.int4(0)] else { continue }
            figures.hours.append(
                .init(
                    series: key, time: Instant(microseconds: row.timestamp(1)),
                    sum: BucketSum(row.text(2), events: row.int8(3))))
        }
    }
}
