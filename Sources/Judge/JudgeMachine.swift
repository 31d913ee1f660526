package import Contracts
package import Ledger
package import Status

/// What the judge of one plan decides: which instants are to be judged now, in which order, what
/// changes by that and why. Pure: snapshots, figures and the clock go in; what to read and what to
/// write come out.
///
///     observed ──▶ loaded ──▶ schedule ──▶ judge, judge, … until nil ──▶ observed
///
/// Each stream is judged at every end of an hour in which something that a target watches changed,
/// and at every midnight of the plan's zone, up to its horizon. The horizon is the stream's
/// watermark; with the wall clock, and once the stream is not catching up, it is now, and what came
/// is judged at once. With the watermark clock a stream that is idle goes along with the others:
/// time passes for it as well. Before the first window of its targets begins, a stream is judged
/// once. Whatever lies beyond the instant that is judged is not seen.
package struct JudgeMachine: Sendable {
    /// What the ledger knows of a plan that was judged before.
    package struct Restored: Sendable {
        package struct Target: Sendable {
            package var machine: StatusMachine
            package var sequence: Int64

            package init(machine: StatusMachine, sequence: Int64) {
                self.machine = machine
                self.sequence = sequence
            }
        }

        package var sequence: Int64 = 0
        package var round: Int64 = 0
        package var targets: [String: Target] = [:]
        package var streams: [String: StreamDesk.Recorded] = [:]
        /// Where it began with streams whose touches had been let go before.
        package var starts: [String: Judgement.Positions] = [:]
        /// Targets whose contract is not that of their stream's last round, or all of the stream
        /// where the plan itself is another.
        package var edited: Set<String> = []

        package init() {}
    }

    private struct Evaluation {
        var asOf: Instant
        var desk: Int
        /// Judges the last instant once more: goes before all others.
        var isAgain = false
    }

    package private(set) var plan: PlanContract
    private let settings: JudgeSettings
    package private(set) var desks: [StreamDesk]
    private var sequence: Int64
    private var round: Int64
    private var queue: [Evaluation] = []
    private var queued = 0
    private var clock = Instant(microseconds: 0)
    private var watermarks: [Instant?] = []
    /// What the plan clock showed, and since when by the wall clock.
    private var clockSeen: [(clock: Instant, since: Instant)] = []
    /// Something has to be caught up with: there is no hurry.
    package private(set) var isCatchingUp = false
    /// When time alone may make something due.
    package private(set) var dueIn: Duration?

    package init(
        plan: PlanContract, streams: [StreamContract], restored: Restored, settings: JudgeSettings
    ) {
        self.plan = plan
        self.settings = settings
        self.sequence = restored.sequence
        self.round = restored.round
        self.desks = streams.compactMap { stream in
            let targets = plan.targets.filter { $0.source.stream == stream.name }.map { target in
                let known = restored.targets[target.id]
                return TargetDesk(
                    target, zone: plan.zone, stream: stream,
                    machine: known?.machine ?? StatusMachine(),
                    sequence: known?.sequence, isEdited: restored.edited.contains(target.id))
            }
            guard !targets.isEmpty else { return nil }
            return StreamDesk(
                stream, plan: plan, targets: targets, recorded: restored.streams[stream.name],
                start: restored.starts[stream.name])
        }
    }

    // MARK: Reading

    /// A snapshot, by stream. Returns what to read with it.
    package mutating func observed(_ views: [String: StreamView]) -> [String: StreamDesk.Reload] {
        var reloads: [String: StreamDesk.Reload] = [:]
        for index in desks.indices {
            guard let view = views[desks[index].contract.name] else { continue }
            let reload = desks[index].observed(view, touchRowsMax: settings.touchRowsMax)
            reloads[desks[index].contract.name] = reload
        }
        return reloads
    }

    package mutating func loaded(_ figures: StreamDesk.Figures, stream: String, split: Instant) {
        guard let index = desks.firstIndex(where: { $0.contract.name == stream }) else { return }
        desks[index].loaded(figures, split: split)
    }

    // MARK: Scheduling

    /// Lines up what can be judged by now.
    package mutating func schedule(at now: Instant) {
        queue.removeAll(keepingCapacity: true)
        queued = 0
        let horizons = desks.map {
            StreamHorizon($0.view.partitions, now: now, settings: settings)
        }
        watermarks = horizons.map(\.watermark)
        isCatchingUp = zip(desks, horizons).contains { desk, horizon in
            !desk.view.partitions.isEmpty && horizon.isCatchingUp
        }
        dueIn = horizons.compactMap(\.releasesIn).min()
        switch settings.clock {
        case .wall:
            clock = now
            scheduleByWall(horizons, now: now)
        case .watermark:
            scheduleByWatermark(horizons, now: now)
        }
        queue.sort { left, right in
            if left.isAgain != right.isAgain { return left.isAgain }
            return (left.asOf, left.desk) < (right.asOf, right.desk)
        }
    }

    private mutating func scheduleByWall(_ horizons: [StreamHorizon], now: Instant) {
        let nextHour = plan.zone.startOfHour(at: now).adding(.hours(1))
        let untilNextHour = Duration.microseconds(nextHour.microseconds - now.microseconds)
        dueIn = min(dueIn ?? untilNextHour, untilNextHour)
        for (index, horizon) in horizons.enumerated() where !desks[index].view.partitions.isEmpty {
            if horizon.isCatchingUp {
                if let upTo = horizon.caughtUpTo { line(up: index, upTo: upTo, exactly: false) }
            } else {
                line(up: index, upTo: now, exactly: desks[index].hasFresh(before: now))
                lineUpFullHour(index, now: now)
            }
        }
    }

    /// Live, the clock is asked every hour, whether or not something came.
    private mutating func lineUpFullHour(_ index: Int, now: Instant) {
        let hour = plan.zone.startOfHour(at: now)
        guard let judgedTo = desks[index].judgedTo, judgedTo < hour, hour >= desks[index].opens,
            !queue.contains(where: { $0.desk == index && $0.asOf == hour })
        else { return }
        queue.append(Evaluation(asOf: hour, desk: index))
    }

    private mutating func scheduleByWatermark(_ horizons: [StreamHorizon], now: Instant) {
        let known = horizons.indices.filter { !desks[$0].view.partitions.isEmpty }
        let busy = known.filter { !horizons[$0].isIdle }.map { horizons[$0].watermark }
        // The plan clock: as far as all who are busy have come; where nobody is, as far as anybody
        // came.
        let planClock =
            busy.isEmpty
            ? known.compactMap { horizons[$0].watermark }.max()
            : busy.contains(nil) ? nil : busy.compactMap { $0 }.min()
        if let planClock { clock = planClock }
        let settled = settledClock(planClock, now: now)
        for index in known {
            let own = horizons[index].watermark
            let upTo = horizons[index].isIdle ? [own, settled].compactMap { $0 }.max() : own
            guard let upTo else { continue }
            line(up: index, upTo: upTo, exactly: busy.isEmpty)
        }
    }

    /// What the plan clock showed a while ago: an idle stream goes along with that, and not with
    /// what was seen only now, because a record of its own may be on the way that is older.
    private mutating func settledClock(_ planClock: Instant?, now: Instant) -> Instant? {
        if let planClock, clockSeen.last?.clock != planClock { clockSeen.append((planClock, now)) }
        let settled = clockSeen.lastIndex { $0.since.adding(settings.idleAfter) <= now }
        if let settled { clockSeen.removeFirst(settled) }
        let next = settled == nil ? clockSeen.first : clockSeen.dropFirst().first
        if let next {
            let left = next.since.adding(settings.idleAfter).microseconds - now.microseconds
            dueIn = min(dueIn ?? .microseconds(left), .microseconds(left))
        }
        return settled == nil ? nil : clockSeen.first?.clock
    }

    /// Hour ends and midnights up to the horizon, and the horizon itself where it is exact.
    private mutating func line(up index: Int, upTo: Instant, exactly: Bool) {
        let zone = plan.zone
        let from: Instant
        if let judgedTo = desks[index].judgedTo {
            from = judgedTo
            if desks[index].mustRejudge {
                queue.append(Evaluation(asOf: judgedTo, desk: index, isAgain: true))
            }
        } else {
            from = min(zone.start(of: plan.periodStart), zone.start(of: zone.day(at: upTo)))
            queue.append(Evaluation(asOf: from, desk: index))
        }
        var instants = desks[index].hourEnds(after: from, upTo: upTo)
        var day = zone.day(at: from).adding(days: 1)
        while case let midnight = zone.start(of: day), midnight <= upTo {
            if midnight > from { instants.insert(midnight) }
            day = day.adding(days: 1)
        }
        let last = max(from, upTo)
        let isFresh = desks[index].hasFresh(before: last) && !desks[index].mustRejudge
        if exactly && (last > from || isFresh) { instants.insert(last) }
        // Before the first window begins there is nothing to tell but that it has not: once, and
        // now and then for the sake of the touches that pile up.
        let opens = desks[index].opens
        if from < opens {
            let early = instants.filter { $0 < opens }
            instants.subtract(early)
            if desks[index].mustRecord, desks[index].judgedTo != nil, let latest = early.max() {
                instants.insert(latest)
            }
        }
        queue.append(contentsOf: instants.map { Evaluation(asOf: $0, desk: index) })
    }

    /// Lines up the last instant of each stream once more where no round was written for it, so
    /// that who comes next begins there.
    package mutating func scheduleClosing() {
        queue.removeAll(keepingCapacity: true)
        queued = 0
        for index in desks.indices {
            guard let judgedTo = desks[index].judgedTo, let recorded = desks[index].recorded,
                judgedTo > recorded.asOf || desks[index].hasFresh(before: judgedTo)
            else { continue }
            desks[index].recordNext()
            queue.append(Evaluation(asOf: judgedTo, desk: index, isAgain: true))
        }
    }

    /// Lines up the last round of each stream once more by an edited plan, where what was read is
    /// enough for that: then the edit alone moves what it moves, whatever comes meanwhile. After
    /// `scheduleClosing` and what that lined up. The machine is good for nothing else afterwards.
    package mutating func scheduleEdit(_ edited: PlanContract) {
        queue.removeAll(keepingCapacity: true)
        queued = 0
        guard watermarks.count == desks.count, edited.zone == plan.zone,
            edited.place == plan.place, edited.division == plan.division
        else { return }
        let isRevised = edited.revision != plan.revision
        plan = edited
        for index in desks.indices {
            guard let judgedTo = desks[index].judgedTo,
                desks[index].exchange(edited, isRevised: isRevised)
            else { continue }
            queue.append(Evaluation(asOf: judgedTo, desk: index, isAgain: true))
        }
    }

    /// What is lined up and not judged yet, in order.
    package var scheduled: [(stream: String, asOf: Instant)] {
        queue[queued...].map { (desks[$0.desk].contract.name, $0.asOf) }
    }

    // MARK: Judging

    /// Evaluates what is lined up, as much as fits into one transaction. Nil when nothing is left.
    package mutating func judge() -> Judgement? {
        guard queued < queue.count else { return nil }
        var judgement = Judgement(
            plan: plan.id, revision: plan.revision, sequence: sequence, round: round)
        var moved: [Int: Set<Int>] = [:]
        var evaluations = 0
        while queued < queue.count, evaluations < settings.roundsMax,
            judgement.changes.count < settings.changesMax
        {
            let next = queue[queued]
            queued += 1
            evaluations += 1
            // Midnights, and the last of a full step, are written for the sake of restarts: those
            // begin there.
            let isMark = evaluations == settings.roundsMax || isMidnight(next.asOf)
            let (targets, outcomes) = desks[next.desk].judge(asOf: next.asOf)
            guard !targets.isEmpty || desks[next.desk].mustRecord || isMark else { continue }
            round += 1
            for outcome in outcomes {
                sequence += 1
                judgement.changes.append(change(outcome, desk: next.desk))
            }
            judgement.rounds.append(record(next))
            moved[next.desk, default: []].formUnion(targets)
        }
        judgement.sequence = sequence
        judgement.round = round
        for (desk, targets) in moved.sorted(by: { $0.key < $1.key }) {
            for target in targets.sorted() {
                if let state = desks[desk].takeState(of: target) { judgement.states.append(state) }
            }
        }
        return judgement
    }

    private func isMidnight(_ instant: Instant) -> Bool {
        plan.zone.start(of: plan.zone.day(at: instant)) == instant
    }

    private mutating func change(_ outcome: StreamDesk.Outcome, desk: Int) -> Judgement.Change {
        let target = desks[desk].targets[outcome.target]
        let change = StatusChange(
            plan: plan.id, revision: plan.revision, sequence: sequence,
            previousSequence: target.sequence, change: outcome.change, cause: outcome.cause,
            watermark: watermarks[desk], assessment: outcome.assessment,
            yardstick: target.yardstick,
            positions: desks[desk].view.partitions.map {
                StatusChange.Position(
                    topic: $0.topic, partition: $0.partition, offset: $0.nextOffset,
                    generation: $0.generation)
            })
        desks[desk].changed(target: outcome.target, sequence: sequence)
        return Judgement.Change(round: round, change: change)
    }

    private mutating func record(_ evaluation: Evaluation) -> Judgement.Round {
        let isFirst = desks[evaluation.desk].recorded == nil
        desks[evaluation.desk].record(asOf: evaluation.asOf)
        return Judgement.Round(
            round: round, stream: desks[evaluation.desk].contract.name, revision: plan.revision,
            asOf: evaluation.asOf, clock: clock, watermark: watermarks[evaluation.desk],
            positions: desks[evaluation.desk].view.positions,
            start: isFirst ? desks[evaluation.desk].start : nil)
    }

    // MARK: Writing

    /// States whose figures are others than those written last, although nothing moved.
    package mutating func takeStaleStates() -> [Judgement.State] {
        desks.indices.flatMap { desks[$0].takeStaleStates() }
    }
}
