package import Aggregates
package import Contracts
package import Ledger
package import Status

/// One stream as one plan sees it: its targets, the figures they are judged by, and what came since
/// its last round. Pure: views and figures go in, evaluations come out.
package struct StreamDesk: Sendable {
    /// The stream's last round.
    package struct Recorded: Sendable, Equatable {
        package var asOf: Instant
        package var positions: Judgement.Positions

        package init(asOf: Instant, positions: Judgement.Positions) {
            self.asOf = asOf
            self.positions = positions
        }
    }

    /// What must be read from the ledger before judging.
    package struct Reload: Sendable, Equatable {
        /// Everything, as after a start or a change of generation: days before the split, hours
        /// from it on.
        package var isWhole: Bool
        package var split: Instant
        /// By metric or indicator, where not everything is needed.
        package var hours: [String: Set<Instant>]
    }

    /// What was read.
    package struct Figures: Sendable {
        package struct Sum<Time: Sendable>: Sendable {
            package var series: SeriesKey
            package var time: Time
            package var sum: BucketSum

            package init(series: SeriesKey, time: Time, sum: BucketSum) {
                self.series = series
                self.time = time
                self.sum = sum
            }
        }

        package var days: [Sum<CivilDate>] = []
        package var hours: [Sum<Instant>] = []
        /// All readings of the plan's division, of each indicator that was asked for.
        package var readings: [String: [MeasurementBook.Reading]] = [:]

        package init() {}
    }

    package let contract: StreamContract
    private let division: Int32
    private let planZone: Zone
    /// When the first of its targets' windows begins: before that there is nothing to judge.
    package let opens: Instant
    package private(set) var targets: [TargetDesk]
    package private(set) var view = StreamView(partitions: [])
    /// As-of instant of the last evaluation, written or not.
    package private(set) var judgedTo: Instant?
    package private(set) var recorded: Recorded?
    /// What lies before is in the figures and no evidence: it was there, and its touches were let
    /// go, when the plan began with the stream. Nil where the plan saw everything come.
    package private(set) var start: Judgement.Positions?
    /// The next round must be written although nothing may move: the first, one after an edit or a
    /// change of generation, and one that lets many touches be forgotten.
    package private(set) var mustRecord: Bool
    /// The last instant must be judged once more, because it would be judged otherwise now.
    package private(set) var mustRejudge: Bool
    private var touches = PendingTouches()
    private var touchRows = 0
    /// Hours of watched changes that no evaluation has seen, latest first.
    private var fresh: [Instant] = []
    private var sums: [SeriesKey: SeriesSums] = [:]
    private var book = MeasurementBook()
    private var generation: Int32?
    private let subjects: Set<String>
    private let firstSplit: Instant
    /// What of a metric bears on any target.
    private let counted: [String: [CountedHours]]

    package init(
        _ contract: StreamContract, plan: PlanContract, targets: [TargetDesk], recorded: Recorded?,
        start: Judgement.Positions? = nil
    ) {
        self.contract = contract
        self.division = plan.division
        self.planZone = plan.zone
        self.opens =
            targets.map(\.yardstick.trajectory.start).min() ?? plan.zone.start(of: plan.periodStart)
        self.counted = Dictionary(
            targets.compactMap { target in target.counted.map { (target.subject, [$0]) } },
            uniquingKeysWith: +)
        self.targets = targets
        self.recorded = recorded
        self.judgedTo = recorded?.asOf
        self.start = start
        self.subjects = Set(targets.map(\.subject))
        self.firstSplit = contract.zone.start(
            of: contract.zone.day(at: plan.zone.start(of: plan.periodStart)))
        let isEdited = targets.contains { $0.isEdited }
        self.mustRecord = recorded == nil || isEdited
        self.mustRejudge = recorded != nil && isEdited
    }

    // MARK: Reading

    /// A snapshot of the ledger. Returns what must be read with it, in the same snapshot.
    package mutating func observed(_ view: StreamView, touchRowsMax: Int) -> Reload? {
        self.view = view
        guard let live = view.partitions.first?.generation else { return nil }
        let isWhole = generation != live
        if isWhole {
            beginGeneration(live)
            if recorded == nil, start == nil, view.hasForgotten { start = view.positions }
        }
        var hours: [String: Set<Instant>] = [:]
        for touch in view.touches where subjects.contains(touch.subject) && touch.generation == live
        {
            guard !wasSeen(touch), bears(touch) else { continue }
            touches.add(touch.subject, hour: touch.hour, kinds: touch.kinds)
            hours[touch.subject, default: []].insert(touch.hour)
        }
        if !hours.isEmpty { fresh = Set(hours.values.joined()).union(fresh).sorted(by: >) }
        touchRows += view.touchRows
        if touchRows > touchRowsMax { mustRecord = true }
        guard isWhole || !hours.isEmpty else { return nil }
        return Reload(isWhole: isWhole, split: split, hours: isWhole ? [:] : hours)
    }

    private mutating func beginGeneration(_ live: Int32) {
        generation = live
        touches.removeAll()
        fresh.removeAll()
        touchRows = 0
        sums.removeAll()
        book = MeasurementBook()
        if let recorded, recorded.positions.generations.contains(where: { $0 != live }) {
            mustRecord = true
            mustRejudge = true
        }
    }

    /// By the last round: that it was seen before is known only of touches that are kept for later
    /// hours. What lies before the start counts as seen.
    private func wasSeen(_ touch: StreamView.Touch) -> Bool {
        let start = start?.offset(of: touch.topicPartition, generation: touch.generation)
        if let start, touch.nextOffset <= start { return true }
        guard let recorded, touch.hour < recorded.asOf,
            let offset = recorded.positions.offset(
                of: touch.topicPartition, generation: touch.generation)
        else { return false }
        return touch.nextOffset <= offset
    }

    /// Whether any target looks at it. A publication bears on its indicator whenever it is.
    private func bears(_ touch: StreamView.Touch) -> Bool {
        counted[touch.subject].map { $0.contains { $0.contains(touch.hour) } } ?? true
    }

    /// Where hours begin: the start of the day that judging goes on from.
    private var split: Instant {
        judgedTo.map { contract.zone.start(of: contract.zone.day(at: $0)) } ?? firstSplit
    }

    /// The series that its targets read, and the first day that any of them counts.
    package var series: (keys: Set<SeriesKey>, firstDay: CivilDate?) {
        let first = targets.compactMap { $0.counted?.first }.min()
        return (Set(targets.compactMap(\.series)), first.map { contract.zone.day(at: $0) })
    }

    /// Days before the split of which hours are needed besides their sums: where windows begin or
    /// end inside them, and the last day of each window that holds anything, for its latest hour.
    /// `days` are those that do, by series.
    package func cutDays(before split: Instant, days: [SeriesKey: [CivilDate]]) -> Set<CivilDate> {
        let zone = contract.zone
        var cut: Set<CivilDate> = []
        for target in targets {
            guard let counted = target.counted, let series = target.series else { continue }
            for edge in counted.edges where edge < split {
                let day = zone.day(at: edge)
                if zone.start(of: day) != edge { cut.insert(day) }
            }
            let end = min(counted.end, split)
            let held = (days[series] ?? []).filter { zone.start(of: $0) < end }
            if let last = held.max() { cut.insert(last) }
        }
        return cut
    }

    /// Series that are compared with the year before, and the days before the split of which that
    /// needs every hour, because its end moves along.
    package func comparedDays(
        before split: Instant
    ) -> (series: Set<SeriesKey>, days: [CivilDate]) {
        let zone = contract.zone
        var series: Set<SeriesKey> = []
        var days: Set<CivilDate> = []
        for target in targets {
            guard let key = target.series, let moving = target.counted?.movingEdges(from: split)
            else { continue }
            series.insert(key)
            // A day earlier: where 29 February is compared with the 28th, time goes back by one.
            var day = zone.day(at: moving.lowerBound).adding(days: -1)
            let last = zone.day(at: moving.upperBound)
            while day <= last && zone.start(of: day) < split {
                days.insert(day)
                day = day.adding(days: 1)
            }
        }
        return (series, days.sorted())
    }

    /// The instant at which the last of its targets stops counting.
    package var lastCounted: Instant {
        targets.compactMap { $0.counted?.end }.max() ?? Instant(microseconds: .min)
    }

    package var indicators: Set<String> {
        Set(targets.filter { $0.series == nil }.map(\.subject))
    }

    package mutating func loaded(_ figures: Figures, split: Instant) {
        let nothing = SeriesSums(split: split, zone: contract.zone)
        for sum in figures.days {
            sums[sum.series, default: nothing].set(day: sum.time, to: sum.sum)
        }
        for sum in figures.hours {
            sums[sum.series, default: nothing].set(hour: sum.time, to: sum.sum)
        }
        for (indicator, readings) in figures.readings {
            book.replace(readings, indicator: indicator, division: division)
        }
    }

    /// Before this, days are read whole; from it on, hours.
    package func split(of series: SeriesKey, otherwise split: Instant) -> Instant {
        sums[series]?.split ?? split
    }

    /// Takes the contracts of an edited plan in place of its own. False, and nothing happened, where
    /// none is another, where the figures of one were not read, and where the last evaluation is no
    /// round.
    mutating func exchange(_ plan: PlanContract, isRevised: Bool) -> Bool {
        guard generation != nil, recorded != nil, recorded?.asOf == judgedTo else { return false }
        let known = Dictionary(
            targets.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var exchanged: [TargetDesk] = []
        for contract in plan.targets where contract.source.stream == self.contract.name {
            guard let old = known[contract.id], old.yardstick.target.reads(asIn: contract) else {
                return false
            }
            let isEdited =
                isRevised || contract.canonicalText != old.yardstick.target.canonicalText
            exchanged.append(
                TargetDesk(
                    contract, zone: plan.zone, stream: self.contract, machine: old.machine,
                    sequence: old.sequence, isEdited: isEdited))
        }
        guard exchanged.contains(where: \.isEdited) else { return false }
        targets = exchanged
        mustRecord = true
        return true
    }

    // MARK: Judging

    /// Whether something watched came that an evaluation at the instant would be the first to see.
    package func hasFresh(before asOf: Instant) -> Bool { fresh.last.map { $0 < asOf } ?? false }

    /// Ends of the hours in which something watched changed.
    package func hourEnds(after: Instant, upTo: Instant) -> Set<Instant> {
        touches.hourEnds(after: after, upTo: upTo)
    }

    /// One target's evaluation that changed its status.
    package struct Outcome: Sendable, Equatable {
        package var target: Int
        package var change: StatusMachine.Change
        package var cause: ChangeCause
        package var assessment: Assessment
    }

    /// Evaluates all targets. Returns which of them moved, and the changes.
    package mutating func judge(asOf: Instant) -> (moved: [Int], outcomes: [Outcome]) {
        var moved: [Int] = []
        var outcomes: [Outcome] = []
        for index in targets.indices {
            let (value, lastInput, coveredTo) = figure(of: targets[index], asOf: asOf)
            let result = targets[index].judge(
                value: value, lastInput: lastInput, coveredTo: coveredTo, asOf: asOf)
            if result.moved { moved.append(index) }
            if let change = result.change {
                let cause = ChangeCause(evidence(of: targets[index], asOf: asOf))
                outcomes.append(
                    Outcome(
                        target: index, change: change, cause: cause, assessment: result.assessment))
            }
        }
        judgedTo = asOf
        while let hour = fresh.last, hour < asOf { fresh.removeLast() }
        mustRejudge = false
        return (moved, outcomes)
    }

    private mutating func figure(
        of target: TargetDesk, asOf: Instant
    ) -> (value: Int128?, lastInput: Instant?, coveredTo: Instant?) {
        guard let series = target.series, let counted = target.counted else {
            let known = book.value(
                indicator: target.subject, target: target.yardstick.target, division: division,
                asOf: asOf)
            let end = known.map { planZone.start(of: $0.coveredThrough.adding(days: 1)) }
            return (known?.value, known?.lastInput, end)
        }
        let known = counted.value(asOf: asOf) { from, until in
            sums[series]?.value(from: from, until: until)
        }
        return (known?.value, known?.lastHour, nil)
    }

    /// What came to be seen of the target since the stream's last round.
    private func evidence(of target: TargetDesk, asOf: Instant) -> ChangeCause.Evidence {
        var evidence: ChangeCause.Evidence = []
        let came = touches.of(target.subject, before: asOf)
        func note(_ hour: Instant, takesBack: Bool) {
            let wasOver = recorded.map { hour.adding(.hours(1)) <= $0.asOf } ?? false
            evidence.insert(takesBack ? .correction : wasOver ? .late : .live)
        }
        if let counted = target.counted {
            for (hour, kinds) in came where counted.contains(hour) {
                if kinds & 1 != 0 { note(hour, takesBack: false) }
                if kinds & 2 != 0 { note(hour, takesBack: true) }
            }
        } else if !came.isEmpty {
            let readings = book.readings(
                indicator: target.subject, target: target.yardstick.target, division: division
            ) { reading in
                let hour = contract.zone.startOfHour(at: reading.publishedAt)
                return came[hour] != nil && !wasSeen(reading, in: hour)
            }
            for (reading, isRevision) in readings {
                note(contract.zone.startOfHour(at: reading.publishedAt), takesBack: isRevision)
            }
        }
        if let recorded, recorded.positions.generations.contains(where: { $0 != generation }) {
            evidence.insert(.replay)
        }
        // An edit explains a change alone only where the figures are those of the round before.
        if target.isEdited && recorded != nil && evidence.isEmpty { evidence.insert(.plan) }
        return evidence
    }

    private func wasSeen(_ reading: MeasurementBook.Reading, in hour: Instant) -> Bool {
        guard let generation else { return false }
        let first = start?.offset(of: reading.topicPartition, generation: generation)
        if let first, reading.recordOffset < first { return true }
        guard let recorded, hour < recorded.asOf else { return false }
        let seen = recorded.positions.offset(of: reading.topicPartition, generation: generation)
        return seen.map { reading.recordOffset < $0 } ?? false
    }

    package mutating func changed(target: Int, sequence: Int64) {
        targets[target].changed(sequence: sequence)
    }

    package mutating func takeState(of target: Int) -> Judgement.State? {
        targets[target].takeState()
    }

    package mutating func takeStaleStates() -> [Judgement.State] {
        targets.indices.compactMap { targets[$0].takeStateIfStale() }
    }

    /// The next evaluation is to be written, whatever it moves.
    package mutating func recordNext() { mustRecord = true }

    /// The evaluation at the instant is a round that will be written.
    package mutating func record(asOf: Instant) {
        recorded = Recorded(asOf: asOf, positions: view.positions)
        touches.forget(before: asOf)
        touchRows = 0
        mustRecord = false
        for index in targets.indices { targets[index].isEdited = false }
    }
}

extension TargetContract {
    /// Whether the figures that were read for it are those that the other one needs.
    fileprivate func reads(asIn other: TargetContract) -> Bool {
        source == other.source && windowStart == other.windowStart && deadline == other.deadline
            && kind == other.kind && scale == other.scale
    }
}
