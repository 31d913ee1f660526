import Contracts
import HeadwayTesting
import Judge
import Ledger
import Status
import Testing

/// Plans that are edited while the judge runs.
@Suite(.serialized) struct JudgeEditTests {
    typealias Event = LedgerFixture.Event

    private func tookUp(_ judge: RunningJudge, after: Int = 0) -> PlanDifference? {
        var found: PlanDifference?
        judge.observer.wait(after: after) { fact in
            guard case .tookUp(let edit) = fact else { return false }
            found = edit
            return true
        }
        return found
    }

    /// Hands the plan over and waits until it is in force.
    private func edit(_ judge: RunningJudge, _ plan: PlanContract) -> PlanDifference? {
        let before = judge.observer.all.count
        judge.judge.takeUp([plan])
        return tookUp(judge, after: before)
    }

    @Test func anEditIsJudgedAtOnceAndOnce() throws {
        let ledger = try LedgerFixture()
        try ledger.commit(
            [Event(hour: at("2023-01-01", 9), visitors: 30)], watermark: at("2023-01-03", 5))
        let held = TargetContract.visitors(id: "tourism.held", rule: .example(hold: .days(2)))
        let judge = try RunningJudge(ledger, .example([.visitors(), held]))
        #expect(judge.rests(at: at("2023-01-03", 5)))
        #expect(tookUp(judge)?.added == ["tourism.visitors", "tourism.held"])
        let before = try ledger.changes().count

        let harder = PlanContract.example([
            .visitors(value: 36_500), held, .visitors(id: "tourism.added"),
        ])
        let first = try #require(edit(judge, harder))
        #expect(first.edited.map(\.id) == ["tourism.visitors"])
        #expect(
            first.summary == "1 edited: tourism.visitors; 1 added: tourism.added")
        #expect(first.added == ["tourism.added"])
        let wanted = [
            "tourism.visitors on_track off_track plan 01-03 05:00",
            "tourism.added - on_track plan 01-03 05:00",
        ]
        // The one that judges it is written together with it, or right after.
        #expect(
            judge.observer.wait { $0 == .judged(changes: 2, rounds: 1) }
        )
        #expect(try ledger.changes().dropFirst(before) == wanted[...])

        // The same once more is no edit, and neither is another name.
        var renamed = harder
        renamed.targets[0].nameEn = "Guests"
        judge.judge.takeUp([renamed])
        try ledger.pass(watermark: at("2023-01-03", 6))
        #expect(judge.rests(at: at("2023-01-03", 6)))
        #expect(try ledger.changes().count == before + 2)

        var removed = harder
        removed.targets.removeLast()
        #expect(edit(judge, removed)?.removed == ["tourism.added"])
        #expect(try ledger.count("target_state") == 2)
        #expect(try ledger.count("target") == 2)
        try judge.stop()
        // Each edition is in force from the round on that first rests on it.
        let editions = try ledger.query(
            """
            select e.edition || ' ' || to_char(min(r.as_of) at time zone e.zone, 'MM-DD HH24:MI')
            from ledger.plan_edition e left join ledger.judge_round r on r.round = e.since_round
            group by e.edition, e.zone order by e.edition
            """)
        #expect(editions == ["1 01-01 00:00", "2 01-03 05:00", nil])
        #expect(try ledger.count("target_contract") == 5)
        #expect(try ledger.sequences() == "1,2,3,4,5,6")
    }

    /// What is held back stays held back: by an edit of another target, of a name, of its own goal.
    @Test func timersAreKept() throws {
        func run(_ disturb: (RunningJudge, TargetContract) throws -> Void) throws -> [String] {
            let ledger = try LedgerFixture()
            let held = TargetContract.visitors(
                id: "tourism.held", rule: .example(hold: .days(4), dwell: .days(2)))
            let judge = try RunningJudge(ledger, .example([held, .visitors()]))
            try ledger.commit(
                [Event(hour: at("2023-01-01", 9), visitors: 20)], watermark: at("2023-01-04"))
            #expect(judge.rests(at: at("2023-01-04")))
            try disturb(judge, held)
            try ledger.pass(watermark: at("2023-01-12"))
            #expect(judge.rests(at: at("2023-01-12")))
            try judge.stop()
            return try ledger.changes().filter { $0.contains("held") }
        }
        let undisturbed = try run { _, _ in }
        #expect(undisturbed.last == "tourism.held on_track off_track clock 01-08 00:00")
        let edited = try run { judge, held in
            #expect(edit(judge, .example([held, .visitors(value: 9_999)])) != nil)
            var other = held
            other.nameEn = "Another name"
            #expect(edit(judge, .example(revision: 2, [other, .visitors(value: 9_999)])) != nil)
            other.value += 1
            #expect(edit(judge, .example(revision: 3, [other, .visitors(value: 9_999)])) != nil)
        }
        #expect(edited == undisturbed)
    }

    /// An older file does not take back what a newer one said, neither at a start nor while it runs.
    @Test func anOlderRevisionIsNotTakenUp() throws {
        let ledger = try LedgerFixture()
        try ledger.commit(
            [Event(hour: at("2023-01-01", 9), visitors: 30)], watermark: at("2023-01-03", 5))
        let second = PlanContract.example(revision: 2, [.visitors(value: 36_500)])
        let old = PlanContract.example(revision: 1, [.visitors(value: 1)])
        let judge = try RunningJudge(ledger, second)
        #expect(judge.rests(at: at("2023-01-03", 5)))
        judge.judge.takeUp([old])
        #expect(judge.observer.wait { $0 == .keptPlan(revision: 2, instead: 1) })
        try ledger.pass(watermark: at("2023-01-03", 6))
        #expect(judge.rests(at: at("2023-01-03", 6)))
        try judge.stop()

        let other = try RunningJudge(ledger, old)
        #expect(other.observer.wait { $0 == .keptPlan(revision: 2, instead: 1) })
        try ledger.pass(watermark: at("2023-01-04"))
        #expect(other.rests(at: at("2023-01-04")))
        #expect(
            try ledger.changes().last == "tourism.visitors no_data off_track live 01-01 10:00")
        // Going back is an edit like any other.
        #expect(edit(other, .example(revision: 3, old.targets))?.edited.count == 1)
        #expect(other.observer.wait { $0 == .judged(changes: 1, rounds: 1) })
        try other.stop()
        #expect(
            try ledger.changes().last == "tourism.visitors off_track achieved plan 01-04 00:00")
        #expect(try ledger.query("select max(revision)::text from ledger.plan_edition") == ["3"])
    }

    /// Edits while it stands by are those of the term that it takes next.
    @Test func aStandbyTakesItsEditsAlong() throws {
        let ledger = try LedgerFixture()
        try ledger.commit(
            [Event(hour: at("2023-01-01", 9), visitors: 30)], watermark: at("2023-01-03", 5))
        let first = try RunningJudge(ledger)
        #expect(first.rests(at: at("2023-01-03", 5)))
        let second = try RunningJudge(ledger)
        #expect(second.observer.wait { $0 == .standsBy })
        second.judge.takeUp([.example(revision: 2, [.visitors(value: 36_500)])])
        try first.stop()
        #expect(second.observer.wait { $0 == .judged(changes: 1, rounds: 1) })
        try second.stop()
        #expect(
            try ledger.changes().last == "tourism.visitors on_track off_track plan 01-03 05:00")
    }

    /// A plan that comes when touches were let go: judged with all figures, and what was there
    /// before is no evidence, because nobody knows any more when it came.
    @Test func aPlanThatComesLater() throws {
        let ledger = try LedgerFixture()
        try ledger.commit(
            [Event(hour: at("2023-01-01", 9), visitors: 30)], watermark: at("2023-01-03", 5))
        let judge = try RunningJudge(ledger)
        #expect(judge.rests(at: at("2023-01-03", 5)))
        try ledger.pass(watermark: at("2023-01-04"))
        #expect(judge.rests(at: at("2023-01-04")))
        #expect(try ledger.count("touch") == 0)
        var second = PlanContract.example([.visitors()])
        second.id = "second"
        let before = judge.observer.all.count
        judge.judge.takeUp([.example(), second])
        #expect(tookUp(judge, after: before)?.plan == "second")
        try ledger.commit(
            [Event(hour: at("2023-01-04", 5), visitors: 3_650)], watermark: at("2023-01-04", 6))
        #expect(judge.rests(at: at("2023-01-04", 6)))
        try judge.stop()
        let changes = try ledger.query(
            """
            select "to" || ' ' || cause || ' ' || to_char(as_of at time zone 'Asia/Shanghai', 'DD HH24:MI')
            from headway.status_changes where plan = 'second' order by sequence
            """)
        #expect(
            changes == [
                "no_data clock 01 00:00", "on_track clock 02 00:00", "achieved live 04 06:00",
            ])
        #expect(try ledger.query("select plan from ledger.judge_start") == ["second"])
    }

    /// A judge that is told of each edit, and one that is stopped and started with it, write the
    /// same.
    @Test func editsEqualRestarts() throws {
        func run(_ edit: (inout RunningJudge, LedgerFixture, PlanContract) throws -> Void) throws
            -> [String]
        {
            let ledger = try LedgerFixture()
            var random = SplitMix(state: 11)
            var plan = EditedPlans.first
            var judge = try RunningJudge(ledger, plan)
            for number in 0..<60 {
                let start = at("2023-01-01").adding(.hours(number * 13))
                let events = (0..<5).map { _ in
                    Event(
                        hour: start.adding(.hours(Int(random.next() % 13))),
                        visitors: Int64(random.next() % 9),
                        origin: random.next() % 3 == 0 ? "JP" : "CN-41")
                }
                try ledger.commit(events, watermark: start.adding(.hours(13)))
                #expect(judge.rests(at: start.adding(.hours(13))))
                if number % 2 == 1 {
                    plan = EditedPlans.next(plan, &random)
                    try edit(&judge, ledger, plan)
                }
            }
            try judge.stop()
            let states = try ledger.query(
                "select row_to_json(t)::text from ledger.target_state t order by target")
            let contracts = try ledger.query(
                "select row_to_json(t)::text from ledger.target_contract t order by edition, target"
            )
            let rounds = try ledger.query(
                "select row_to_json(t)::text from ledger.judge_round t order by round")
            return try ledger.changes() + (states + contracts + rounds).map { $0 ?? "" }
        }
        let lived = try run { judge, _, plan in #expect(edit(judge, plan) != nil) }
        let restarted = try run { judge, ledger, plan in
            try judge.stop()
            judge = try RunningJudge(ledger, plan)
            #expect(tookUp(judge) != nil)
        }
        #expect(lived.filter { $0.contains(" plan ") }.count > 3)
        #expect(lived == restarted)
    }

    /// Edits at random points of random histories: every change and timer is what an independent
    /// reader of the log, the editions and the rounds finds.
    @Test func editionsAndRoundsAreEnoughToRecomputeEverything() {
        var changes: [StatusChange] = []
        for seed in 0..<40 { changes += EditedHistory(seed: seed).check() }
        #expect(Set(changes.map(\.cause)) == [.live, .late, .correction, .clock, .plan])
    }
}

/// Plans that come out of one another by edits.
enum EditedPlans {
    static let first = PlanContract.example([
        .visitors(value: 13_000, rule: .example(hold: .hours(30), dwell: .hours(50))),
        .visitors(id: "tourism.from-japan", value: 4_300, origin: "JP"),
    ])

    static func next(_ plan: PlanContract, _ random: inout SplitMix) -> PlanContract {
        var next = plan
        next.revision += Int(random.next() % 2)
        let index = Int(random.next() % UInt64(next.targets.count))
        switch random.next() % 6 {
        case 0: next.targets[index].value += 1 + Int64(random.next() % 4_000)
        case 1: next.targets[index].value = max(1, next.targets[index].value / 2)
        case 2: next.targets[index].rule.hold += .hours(1 + Int(random.next() % 30))
        case 3:
            next.targets[index].windowStart = next.targets[index].windowStart.adding(days: 3)
        case 4: next.targets.append(.visitors(id: "tourism.added-\(random.next() % 1_000)"))
        default:
            next.targets[0].deadline = next.targets[0].deadline.adding(days: -1)
            if next.targets.count > 2 { next.targets.remove(at: 1) }
        }
        return next
    }
}

/// One random history of one target, whose plan is edited now and then.
struct EditedHistory {
    let seed: Int

    func check() -> [StatusChange] {
        var random = SplitMix(state: UInt64(seed) &+ 0xE017)
        let clock: JudgeSettings.Clock = seed.isMultiple(of: 2) ? .watermark : .wall
        let rule = RuleContract.example(hold: .hours(10), dwell: .hours(15), staleAfter: .days(4))
        var plan = PlanContract.example([.visitors(value: 9_000, rule: rule)])
        var editions: [(since: Int64, plan: PlanContract)] = [(1, plan)]
        var restored = JudgeMachine.Restored()
        var judge = machine(plan, restored, clock)
        var ledger = ModelLedger()
        var judgements: [Judgement] = []
        var now = at("2023-01-01", 1)
        for step in 0..<150 {
            now = now.adding(.seconds(Int(random.next() % 60_000)))
            happen(&ledger, now, step, &random)
            var more = judge.pass(&ledger, now: now)
            guard random.next() % 8 == 0 else {
                judgements += more
                restored.add(more)
                continue
            }
            more += judge.close()
            judgements += more
            restored.add(more)
            plan = edited(plan, &random)
            editions.append((restored.round + 1, plan))
            restored.edited = [plan.targets[0].id]
            judge = machine(plan, restored, clock)
            restored.edited = []
            ledger.rewind()
        }
        let oracle = RoundOracle(editions: editions, events: ledger.events)
        let found = judgements.flatMap(\.changes).map(\.change)
        let wanted = oracle.replay(judgements.flatMap(\.rounds))
        #expect(found.map(oracle.text) == wanted.changes, "seed \(seed)")
        #expect(restored.targets.mapValues(\.machine) == wanted.machines, "seed \(seed)")
        return found
    }

    private func machine(
        _ plan: PlanContract, _ restored: JudgeMachine.Restored, _ clock: JudgeSettings.Clock
    ) -> JudgeMachine {
        JudgeMachine(
            plan: plan, streams: [.tourism, .measurements], restored: restored,
            settings: .example(clock))
    }

    private func happen(
        _ ledger: inout ModelLedger, _ now: Instant, _ step: Int, _ random: inout SplitMix
    ) {
        for _ in 0..<random.next() % 4 {
            let back = Int(random.next() % (random.next() % 5 == 0 ? 300 : 10))
            let hour = max(at("2023-01-01"), shanghai.startOfHour(at: now).adding(.hours(-back)))
            ledger.append(
                .init(
                    partition: Int(random.next() % 2), hour: hour,
                    visitors: Int64(random.next() % (step / 12 % 2 == 0 ? 32 : 2)),
                    isTakeBack: random.next() % 6 == 0))
        }
        for index in 0..<2 {
            ledger.partitions[index] = .init(
                watermark: now.adding(.seconds(-Int(random.next() % 9_000))), isAtEnd: true,
                age: .seconds(Int(random.next() % 4)))
        }
    }

    private func edited(_ plan: PlanContract, _ random: inout SplitMix) -> PlanContract {
        var edited = plan
        switch random.next() % 4 {
        case 0: edited.targets[0].value = 4_000 + Int64(random.next() % 9_000)
        case 1: edited.targets[0].rule.hold = .hours(Int(random.next() % 20))
        case 2: edited.targets[0].rule.dwell = .hours(Int(random.next() % 20))
        default: edited.targets[0].rule.atRiskBelow = 900_000 + Int64(random.next() % 60_000)
        }
        edited.revision += 1
        return edited
    }
}
