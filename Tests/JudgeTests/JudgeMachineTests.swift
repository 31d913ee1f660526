import Contracts
import Judge
import Ledger
import Status
import Testing

@Suite struct JudgeMachineTests {
    private func machine(
        _ clock: JudgeSettings.Clock = .watermark, _ plan: PlanContract = .example(),
        _ restored: JudgeMachine.Restored = .init(), stream: Zone = shanghai,
        edit: (inout JudgeSettings) -> Void = { _ in }
    ) -> JudgeMachine {
        var settings = JudgeSettings.example(clock)
        edit(&settings)
        return JudgeMachine(
            plan: plan, streams: [.tourism(stream), .measurements], restored: restored,
            settings: settings)
    }

    private func summary(_ judgements: [Judgement]) -> [String] {
        judgements.flatMap(\.changes).map(\.change).map { change in
            let asOf = change.assessment.asOf.adding(.hours(8)).rfc3339.dropFirst(5).prefix(11)
            return "\(change.change.to.rawValue) \(change.cause.rawValue) \(asOf)"
        }
    }

    /// What is lined up after one view without touches judged.
    private func scheduled(_ machine: inout JudgeMachine, _ ledger: inout ModelLedger, now: Instant)
        -> [Instant]
    {
        _ = machine.observed(["tourism.arrivals": ledger.view()])
        machine.schedule(at: now)
        return machine.scheduled.map(\.asOf)
    }

    // MARK: Boundaries

    /// Every end of an hour with a watched change, and every midnight, up to the least watermark;
    /// the future is left for later.
    @Test func boundariesInOrder() {
        var judge = machine()
        var ledger = ModelLedger()
        ledger.append(
            .init(partition: 0, hour: at("2023-01-01", 9), visitors: 1),
            .init(partition: 1, hour: at("2023-01-02", 3), visitors: 1),
            .init(partition: 0, hour: at("2023-01-02", 23), visitors: 1),
            .init(partition: 0, hour: at("2023-01-04", 3), visitors: 1))
        ledger.partitions[0] = .init(watermark: at("2023-01-05"), age: .zero)
        ledger.partitions[1] = .init(watermark: at("2023-01-03", 7), age: .zero)
        #expect(
            scheduled(&judge, &ledger, now: at("2026-01-01")) == [
                at("2023-01-01"), at("2023-01-01", 10), at("2023-01-02"), at("2023-01-02", 4),
                at("2023-01-03"),
            ])
    }

    @Test func whoHoldsTheOthersBack() {
        let now = at("2023-01-05")
        typealias State = ModelLedger.PartitionState
        let rows: [(State, horizon: Instant?, isIdle: Bool)] = [
            // Busy, with a watermark of its own.
            (State(watermark: at("2023-01-02"), isAtEnd: false), at("2023-01-02"), false),
            // At its end, but only just.
            (State(watermark: at("2023-01-02"), age: .seconds(1)), at("2023-01-02"), false),
            (State(watermark: at("2023-01-02"), age: .seconds(2)), at("2023-01-03"), true),
            // Halted: what is there is judged.
            (
                State(watermark: at("2023-01-02"), isHalted: true, isAtEnd: false),
                at("2023-01-03"), true
            ),
            // Never read from: waited for, but not for ever.
            (State(watermark: nil, isAtEnd: false, age: .seconds(9)), nil, false),
            (State(watermark: nil, isAtEnd: false, age: .seconds(10)), at("2023-01-03"), true),
        ]
        for (state, horizon, isIdle) in rows {
            var ledger = ModelLedger()
            ledger.append(.init(partition: 0, hour: at("2023-01-01"), visitors: 1))
            if state.watermark != nil {
                ledger.append(.init(partition: 1, hour: at("2023-01-01"), visitors: 1))
            }
            ledger.partitions[0] = .init(watermark: at("2023-01-03"))
            ledger.partitions[1] = state
            let seen = StreamHorizon(ledger.view().partitions, now: now, settings: .example())
            #expect(seen.watermark == horizon, "\(state)")
            #expect(seen.isIdle == isIdle, "\(state)")
        }
    }

    /// A stream of which nothing comes goes along with the others, after a while and not beyond
    /// them.
    @Test func idleStreamsFollowTheClock() {
        var judge = machine(.watermark, .example([.visitors(), .growth()]))
        var ledger = ModelLedger()
        ledger.append(.init(partition: 0, hour: at("2023-01-01", 9), visitors: 1))
        ledger.partitions = [
            .init(watermark: at("2023-01-03", 5), isAtEnd: false),
            .init(watermark: at("2023-01-04")),
        ]
        let quiet = StreamView(partitions: [
            StreamView.Partition(
                topicPartition: 9, topic: "sector.measurements.v1", partition: 0, generation: 1,
                nextOffset: 1,
                watermark: at("2023-01-01", 3), isHalted: false, isAtEnd: true, isUnread: false,
                age: .seconds(60))
        ])
        func pass(_ now: Instant) -> [Instant] {
            _ = judge.observed(["tourism.arrivals": ledger.view(), "sector.measurements": quiet])
            judge.schedule(at: now)
            let instants = judge.scheduled.filter { $0.stream == "sector.measurements" }.map(\.asOf)
            while judge.judge() != nil {}
            return instants
        }
        let start = at("2026-01-01")
        #expect(pass(start) == [at("2023-01-01")])
        #expect(judge.dueIn == .seconds(2))
        #expect(pass(start.adding(.seconds(1))) == [])
        #expect(pass(start.adding(.seconds(2))) == [at("2023-01-02"), at("2023-01-03")])
    }

    /// By the wall clock a stream is judged up to its watermark while it catches up, and then as of
    /// now.
    @Test func wallClockOnceCaughtUp() {
        var judge = machine(.wall)
        var ledger = ModelLedger()
        ledger.append(.init(partition: 0, hour: at("2023-01-01", 9), visitors: 1))
        ledger.partitions = [
            .init(watermark: at("2023-01-02", 5), isAtEnd: false, age: .zero),
            .init(watermark: at("2023-01-09", 4)),
        ]
        let now = at("2023-01-09", 7, 30)
        #expect(
            scheduled(&judge, &ledger, now: now)
                == [at("2023-01-01"), at("2023-01-01", 10), at("2023-01-02")])
        #expect(judge.isCatchingUp)
        ledger.partitions[0] = .init(watermark: at("2023-01-09", 6), age: .zero)
        judge = machine(.wall)
        ledger.rewind()
        let instants = scheduled(&judge, &ledger, now: now)
        #expect(instants.suffix(3) == [at("2023-01-08"), at("2023-01-09"), now])
        #expect(!judge.isCatchingUp)
        #expect(judge.dueIn == .seconds(1_800) || judge.dueIn == .seconds(2))
    }

    /// Whoever has not committed for long is not waited for: statuses go on with what there is.
    @Test func wallClockGoesOnWithoutADeadIngest() {
        var judge = machine(.wall)
        var ledger = ModelLedger()
        ledger.append(.init(partition: 0, hour: at("2023-01-01", 9), visitors: 1))
        ledger.partitions = [
            .init(watermark: at("2023-01-02", 5), isAtEnd: false, age: .seconds(59)),
            .init(watermark: at("2023-01-09", 4)),
        ]
        let now = at("2023-01-09", 7, 30)
        _ = scheduled(&judge, &ledger, now: now)
        #expect(judge.isCatchingUp)
        #expect(judge.dueIn == .seconds(1))
        judge = machine(.wall)
        ledger.rewind()
        ledger.partitions[0].age = .seconds(60)
        #expect(scheduled(&judge, &ledger, now: now).last == now)
        #expect(!judge.isCatchingUp)
    }

    /// Live, every full hour is looked at, and now only when something came.
    @Test func wallClockAtRest() {
        var judge = machine(.wall)
        var ledger = ModelLedger()
        ledger.append(.init(partition: 0, hour: at("2023-01-01", 9), visitors: 1))
        ledger.partitions[0].watermark = at("2023-01-01", 9)
        _ = judge.pass(&ledger, now: at("2023-01-01", 9, 30))
        #expect(scheduled(&judge, &ledger, now: at("2023-01-01", 9, 40)).isEmpty)
        #expect(scheduled(&judge, &ledger, now: at("2023-01-01", 10, 1)) == [at("2023-01-01", 10)])
        _ = judge.pass(&ledger, now: at("2023-01-01", 10, 1))
        #expect(scheduled(&judge, &ledger, now: at("2023-01-01", 11)) == [at("2023-01-01", 11)])
    }

    /// An event ahead of the clock is not seen before its hour has begun.
    @Test func theFutureIsNotSeen() {
        var judge = machine(.wall)
        var ledger = ModelLedger()
        ledger.append(.init(partition: 0, hour: at("2023-01-01", 20), visitors: 4_000))
        ledger.partitions[0].watermark = at("2023-01-01", 20)
        #expect(
            summary(judge.pass(&ledger, now: at("2023-01-01", 9, 30))) == [
                "no_data clock 01-01T00:00"
            ])
        #expect(summary(judge.pass(&ledger, now: at("2023-01-01", 20))) == [])
        #expect(
            summary(judge.pass(&ledger, now: at("2023-01-01", 20, 1))) == [
                "achieved live 01-01T20:01"
            ])
    }

    // MARK: Causes

    @Test func causes() {
        var judge = machine()
        var ledger = ModelLedger()
        ledger.append(.init(partition: 0, hour: at("2023-01-01", 9), visitors: 10))
        ledger.partitions[0].watermark = at("2023-01-03")
        #expect(
            summary(judge.pass(&ledger)) == [
                "no_data clock 01-01T00:00", "on_track live 01-01T10:00",
                "off_track clock 01-03T00:00",
            ])
        // Late comes in first, live before the next boundary: that is live.
        ledger.append(
            .init(partition: 0, hour: at("2023-01-02", 9), visitors: 20),
            .init(partition: 0, hour: at("2023-01-03", 1), visitors: 1))
        ledger.partitions[0].watermark = at("2023-01-03", 2)
        #expect(summary(judge.pass(&ledger)) == ["on_track live 01-03T02:00"])
        ledger.append(
            .init(partition: 1, hour: at("2023-01-02", 9), visitors: 20, isTakeBack: true))
        #expect(summary(judge.pass(&ledger)) == ["off_track correction 01-03T02:00"])
        ledger.append(.init(partition: 1, hour: at("2023-01-01", 9), visitors: 20))
        #expect(summary(judge.pass(&ledger)) == ["on_track late 01-03T02:00"])
        // Another generation, with other figures.
        ledger.generation = 2
        ledger.events = [[.init(partition: 0, hour: at("2023-01-01", 9), visitors: 1)], []]
        ledger.rewind()
        #expect(summary(judge.pass(&ledger)) == ["off_track replay 01-03T02:00"])
        #expect(judge.pass(&ledger).isEmpty)
    }

    @Test func planEdits() {
        var restored = JudgeMachine.Restored()
        var judge = machine()
        var ledger = ModelLedger()
        ledger.append(.init(partition: 0, hour: at("2023-01-01", 9), visitors: 30))
        ledger.partitions[0].watermark = at("2023-01-02", 12)
        restored.add(judge.pass(&ledger))
        restored.add(judge.close())
        restored.edited = ["tourism.visitors"]
        let harder = PlanContract.example([.visitors(value: 36_500)])

        // Nothing new: the plan did it.
        var quiet = ledger
        quiet.rewind()
        judge = machine(.watermark, harder, restored)
        #expect(summary(judge.pass(&quiet)) == ["off_track plan 01-02T12:00"])

        // Something late came as well: the edit alone does not explain it.
        ledger.append(.init(partition: 1, hour: at("2023-01-01", 8), visitors: 1))
        ledger.rewind()
        judge = machine(.watermark, harder, restored)
        #expect(summary(judge.pass(&ledger)) == ["off_track late 01-02T12:00"])
    }

    // MARK: Steps and restarts

    /// A year at once: in order, in steps, without a gap.
    @Test func aYearWorksInSteps() {
        var judge = machine { $0.roundsMax = 50 }
        var ledger = ModelLedger()
        for date in 0..<365 {
            let hour = at("2023-01-01").adding(.hours(date * 24 + 9))
            ledger.append(.init(partition: date % 2, hour: hour, visitors: date % 40 < 20 ? 4 : 16))
        }
        ledger.partitions = [
            .init(watermark: at("2024-01-01")), .init(watermark: at("2024-01-01")),
        ]
        let judgements = judge.pass(&ledger)
        #expect(judgements.count >= 730 / 50)
        #expect(judgements.allSatisfy { $0.rounds.count <= 50 })
        let changes = judgements.flatMap(\.changes)
        #expect(changes.map(\.change.sequence) == Array(1...Int64(changes.count)))
        let rounds = judgements.flatMap(\.rounds)
        #expect(rounds.map(\.round) == Array(1...Int64(rounds.count)))
        #expect(zip(rounds, rounds.dropFirst()).allSatisfy { $0.asOf < $1.asOf })
        #expect(
            zip(judgements, judgements.dropFirst()).allSatisfy { $0.sequence == $1.sequenceBefore })
        #expect(rounds.last?.asOf == at("2024-01-01"))
    }

    /// Touches that wait to be forgotten are bounded, although nothing moves.
    @Test func manyTouchesAreRecordedForTheirSake() {
        var judge = machine(.wall) { $0.touchRowsMax = 10 }
        var ledger = ModelLedger()
        var rounds = 0
        for minute in 0..<59 {
            ledger.append(.init(partition: 0, hour: at("2023-01-01", 9), visitors: 100))
            ledger.partitions[0].watermark = at("2023-01-01", 9)
            rounds +=
                judge.pass(&ledger, now: at("2023-01-01", 9, minute + 1)).flatMap(\.rounds).count
        }
        // The first status, the first visitors, the goal met, and one for each eleven commits.
        #expect((5...9).contains(rounds))
    }

    /// Random histories, and an independent reader of the log, the plan and the rounds: every
    /// change and timer is what it finds, with or without restarts at every pass.
    @Test func roundsAreEnoughToRecomputeEverything() {
        var changes: [StatusChange] = []
        for seed in 0..<40 { changes += history(seed: seed) }
        #expect(changes.count > 160)
        #expect(changes.contains { $0.target.kind == .growth && $0.assessment.value != nil })
        #expect(Set(changes.map(\.cause)) == [.live, .late, .correction, .clock])
        #expect(
            Set(changes.map(\.change.to)).isSuperset(of: [.noData, .onTrack, .atRisk, .offTrack]))
    }

    /// What a seed's history is of: the plan, its stream's zone, and when it begins. Every other is
    /// of a plan in another zone than the stream's, over days on which clocks change.
    private func setting(_ seed: Int) -> (plan: PlanContract, stream: Zone, start: Instant) {
        let rule = RuleContract.example(hold: .hours(10), dwell: .hours(15), staleAfter: .days(4))
        let (zone, stream, from) = [
            (shanghai, shanghai, "2023-01-01"), (newYork, shanghai, "2023-03-05"),
            (shanghai, shanghai, "2023-01-01"), (berlin, newYork, "2023-03-05"),
            (shanghai, berlin, "2023-03-05"),
        ][seed % 5]
        let plan = PlanContract.example(
            [
                .visitors(value: 7_500 + Int64(seed) * 200, windowStart: from, rule: rule),
                .visitorGrowth(windowStart: from, rule: rule),
            ], zone: zone)
        return (plan, stream, zone.start(of: day(from)))
    }

    private func history(seed: Int) -> [StatusChange] {
        var random = SplitMix(state: UInt64(seed) &+ 0xABCD)
        let (plan, zone, start) = setting(seed)
        let clock: JudgeSettings.Clock = seed.isMultiple(of: 2) ? .watermark : .wall
        var judge = machine(clock, plan, stream: zone)
        var ledger = ModelLedger()
        ledger.zone = zone
        var restored = JudgeMachine.Restored()
        var judgements: [Judgement] = []
        var now = start.adding(.hours(1))
        for step in 0..<150 {
            now = now.adding(.seconds(Int(random.next() % 60_000)))
            for _ in 0..<random.next() % 6 {
                let back = Int(random.next() % (random.next() % 5 == 0 ? 300 : 10))
                let year = random.next() % 3 == 0 ? 8_760 - 12 : 0
                let hour = max(
                    start.adding(.hours(-year - 5)), now.adding(.hours(-back - year)))
                ledger.append(
                    .init(
                        partition: Int(random.next() % 2), hour: zone.startOfHour(at: hour),
                        visitors: Int64(random.next() % (step / 12 % 2 == 0 ? 32 : 2)),
                        isTakeBack: random.next() % 6 == 0))
            }
            for index in 0..<2 {
                ledger.partitions[index] = .init(
                    watermark: now.adding(.seconds(-Int(random.next() % 9_000))),
                    isAtEnd: clock == .wall || random.next() % 2 == 0,
                    age: .seconds(Int(random.next() % 4)))
            }
            let more = judge.pass(&ledger, now: now)
            judgements += more
            restored.add(more)
            if random.next() % 3 == 0 {
                if random.next() % 2 == 0 {
                    let last = judge.close()
                    judgements += last
                    restored.add(last)
                }
                judge = machine(clock, plan, restored, stream: zone)
                ledger.rewind()
            }
        }
        let oracle = RoundOracle(plan: plan, events: ledger.events)
        let found = oracle.replay(judgements.flatMap(\.rounds))
        let changes = judgements.flatMap(\.changes).map(\.change)
        #expect(changes.map(oracle.text) == found.changes, "seed \(seed)")
        #expect(restored.targets.mapValues(\.machine) == found.machines, "seed \(seed)")
        return changes
    }
}
