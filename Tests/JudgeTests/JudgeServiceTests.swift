import Contracts
import Judge
import Ledger
import Testing

@Suite(.serialized) struct JudgeServiceTests {
    typealias Event = LedgerFixture.Event

    /// A backlog of days is judged day by day: each status is what was known at that hour.
    @Test func backlogIsJudgedBoundaryByBoundary() throws {
        let ledger = try LedgerFixture()
        try ledger.commit(
            [
                Event(hour: at("2023-01-01", 9), visitors: 10),
                Event(hour: at("2023-01-03", 9), visitors: 5),
                Event(hour: at("2023-01-05", 9), visitors: 4_000),
            ], watermark: at("2023-01-06"))
        let judge = try RunningJudge(ledger)
        #expect(judge.rests(at: at("2023-01-06")))
        try judge.stop()
        let changes = try ledger.changes()
        #expect(
            changes == [
                "tourism.visitors - no_data clock 01-01 00:00",
                "tourism.visitors no_data on_track live 01-01 10:00",
                "tourism.visitors on_track off_track clock 01-03 00:00",
                "tourism.visitors off_track achieved live 01-05 10:00",
            ])
        #expect(try ledger.sequences() == "1,2,3,4")
        #expect(try ledger.count("touch") == 0)
    }

    /// Events of hours that were judged before, and take-backs, change the present and say so.
    @Test func lateAndCorrectionCauses() throws {
        let ledger = try LedgerFixture()
        try ledger.commit(
            [Event(hour: at("2023-01-01", 9), visitors: 10)], watermark: at("2023-01-03"))
        let judge = try RunningJudge(ledger)
        #expect(judge.rests(at: at("2023-01-03")))
        try ledger.commit(
            [Event(hour: at("2023-01-02", 9), visitors: 30)], watermark: at("2023-01-03", 1))
        #expect(judge.rests(at: at("2023-01-03", 1)))
        try ledger.commit(
            [Event(hour: at("2023-01-02", 9), visitors: 30, isTakeBack: true)],
            watermark: at("2023-01-03", 2))
        #expect(judge.rests(at: at("2023-01-03", 2)))
        try judge.stop()
        let changes = try ledger.changes()
        #expect(
            changes.suffix(3) == [
                "tourism.visitors on_track off_track clock 01-03 00:00",
                "tourism.visitors off_track on_track late 01-03 01:00",
                "tourism.visitors on_track off_track correction 01-03 02:00",
            ])
    }

    /// Nothing comes any more: the deadline passes all the same, for a stream that is idle by the
    /// clock of those that are not.
    @Test func deadlinePassesByTheClock() throws {
        let ledger = try LedgerFixture()
        let visitors = TargetContract.visitors(deadline: "2023-01-10")
        let growth = TargetContract.growth(rule: .example(staleAfter: .days(30)))
        try ledger.commit(
            [Event(hour: at("2023-01-01", 9), visitors: 3_000)], watermark: at("2023-01-05"))
        try ledger.measure(
            8_000_000, period: "2022", end: "2022-12-31", published: at("2023-01-04", 10),
            watermark: at("2023-01-04", 10))
        let judge = try RunningJudge(ledger, .example([visitors, growth]))
        #expect(judge.rests(at: at("2023-01-05")))
        try ledger.pass(watermark: at("2023-02-10"))
        #expect(judge.rests(at: at("2023-02-10"), "sector.measurements"))
        try judge.stop()
        let changes = try ledger.changes()
        #expect(
            changes.filter { $0.hasPrefix("tourism") } == [
                "tourism.visitors - no_data clock 01-01 00:00",
                "tourism.visitors no_data on_track live 01-01 10:00",
                "tourism.visitors on_track at_risk clock 01-10 00:00",
                "tourism.visitors at_risk missed clock 01-11 00:00",
            ])
        #expect(
            changes.filter { $0.hasPrefix("economy") } == [
                "economy.gdp-growth - no_data clock 01-01 00:00",
                "economy.gdp-growth no_data on_track live 01-04 11:00",
                "economy.gdp-growth on_track no_data clock 02-04 00:00",
            ])
    }

    @Test func planEditIsACauseAndKeepsTimers() throws {
        let ledger = try LedgerFixture()
        try ledger.commit(
            [Event(hour: at("2023-01-01", 9), visitors: 30)], watermark: at("2023-01-03", 5))
        let held = TargetContract.visitors(id: "tourism.held", rule: .example(hold: .days(2)))
        let first = try RunningJudge(ledger, .example([.visitors(), held]))
        #expect(first.rests(at: at("2023-01-03", 5)))
        try first.stop()
        let before = try ledger.changes().count

        // Ten times as much is promised: what was seen last is judged by that first.
        let harder = PlanContract.example([
            .visitors(value: 36_500), held, .visitors(id: "tourism.added"),
        ])
        let second = try RunningJudge(ledger, harder)
        #expect(second.observer.wait { if case .judged = $0 { true } else { false } })
        try second.stop()
        let changes = try ledger.changes()
        #expect(
            changes.dropFirst(before) == [
                "tourism.visitors on_track off_track plan 01-03 05:00",
                "tourism.added - on_track plan 01-03 05:00",
            ])
        #expect(
            try ledger.query("select value::text from ledger.target where id = 'tourism.visitors'")
                == ["36500"])

        // A raised revision alone changes nothing, but is on record.
        var revised = harder
        revised.revision = 2
        revised.targets.removeLast()
        let third = try RunningJudge(ledger, revised)
        #expect(third.observer.wait { $0 == .judged(changes: 0, rounds: 1) })
        try third.stop()
        #expect(try ledger.query("select max(revision)::text from ledger.judge_round") == ["2"])
        #expect(try ledger.count("target") == 2)
    }

    /// The live generation changes under the judge: it reads everything anew and says why a status
    /// changed.
    @Test func replayCause() throws {
        let ledger = try LedgerFixture()
        try ledger.commit(
            [Event(hour: at("2023-01-01", 9), visitors: 30)], watermark: at("2023-01-03"))
        let judge = try RunningJudge(ledger)
        #expect(judge.rests(at: at("2023-01-03")))
        try ledger.commit(
            [Event(hour: at("2023-01-01", 9), visitors: 3)], generation: 2,
            watermark: at("2023-01-03"))
        try ledger.query(
            "update ledger.stream set live_generation = 2 where name = 'tourism.arrivals'")
        try ledger.query("notify headway_commit")
        #expect(judge.observer.wait { $0 == .judged(changes: 1, rounds: 1) })
        try judge.stop()
        #expect(
            try ledger.changes().last == "tourism.visitors on_track off_track replay 01-03 00:00")
        let positions = try ledger.query(
            "select data::jsonb -> 'positions' ->> 0 from ledger.status_change order by sequence desc limit 1"
        )
        #expect(positions.first??.contains("\"generation\": 2") == true)
    }

    /// Live: judged as of now, and only what moves something is written.
    @Test func wallClock() throws {
        let ledger = try LedgerFixture()
        let clock = ManualClock(at("2023-01-03", 12))
        try ledger.commit(
            [Event(hour: at("2023-01-03", 10), visitors: 26)], watermark: at("2023-01-03", 11),
            age: 0)
        let judge = try RunningJudge(ledger, settings: clock.settings)
        #expect(judge.rests(at: at("2023-01-03", 12)))
        let rounds = try ledger.count("judge_round")

        // Nothing moves by this one: no row.
        clock.set(at("2023-01-03", 12, 30))
        try ledger.commit(
            [Event(hour: at("2023-01-03", 12), visitors: 1)], watermark: at("2023-01-03", 12),
            age: 0)
        #expect(judge.rests(at: at("2023-01-03", 12, 30)))
        #expect(try ledger.count("judge_round") == rounds)

        clock.set(at("2023-01-03", 12, 31))
        try ledger.commit(
            [Event(hour: at("2023-01-03", 12), visitors: 4_000)], watermark: at("2023-01-03", 12),
            age: 0)
        #expect(judge.rests(at: at("2023-01-03", 12, 31)))

        // Time alone: three days in which nothing comes are judged at their midnights.
        clock.set(at("2024-01-02", 1))
        try ledger.query("notify headway_commit")
        #expect(judge.rests(at: at("2024-01-02", 1)))
        try judge.stop()
        #expect(try ledger.changes().last == "tourism.visitors on_track achieved live 01-03 12:31")
    }

    /// Positions move on, but nothing that a target watches: no evaluation is written for it.
    @Test func unwatchedStreamsAreLeftAlone() throws {
        let ledger = try LedgerFixture()
        try ledger.commit(
            [Event(hour: at("2023-01-01", 9), visitors: 30)], watermark: at("2023-01-01", 12))
        let plan = PlanContract.example([.growth()])
        let judge = try RunningJudge(ledger, plan)
        #expect(judge.observer.wait { if case .cameToRest = $0 { true } else { false } })
        try judge.stop()
        #expect(try ledger.count("judge_round") == 0)
        #expect(try ledger.count("target") == 1)
    }

    @Test func rollingValues() throws {
        let ledger = try LedgerFixture()
        try ledger.commit(
            [
                Event(hour: at("2022-02-10", 9), visitors: 7, division: 410_322),
                Event(hour: at("2023-01-01", 9), visitors: 10),
                Event(hour: at("2023-02-12", 9), visitors: 5),
                Event(hour: at("2023-02-13", 1), visitors: 2, division: 410_322, origin: "JP"),
                Event(hour: at("2023-02-13", 1), visitors: 50, division: 410_100),
            ], watermark: at("2023-02-13", 12))
        let judge = try RunningJudge(ledger)
        #expect(
            judge.observer.wait { if case .refreshed(let rows, _) = $0 { rows > 0 } else { false } }
        )
        try judge.stop()
        let rows = try ledger.query(
            """
            select place || ' ' || "window" || ' ' || coalesce(member, '-') || ' ' || value || ' ' || events
            from headway.rolling where value <> 0 order by 1
            """)
        #expect(
            rows == [
                "4103 day - 2 1", "4103 day JP 2 1", "4103 last_24h - 2 1", "4103 last_24h JP 2 1",
                "4103 last_28d - 7 2", "4103 last_28d CN-41 5 1", "4103 last_28d JP 2 1",
                "4103 last_7d - 7 2", "4103 last_7d CN-41 5 1", "4103 last_7d JP 2 1",
                "4103 month - 7 2", "4103 month CN-41 5 1", "4103 month JP 2 1",
                "4103 plan_to_date - 17 3", "4103 plan_to_date CN-41 15 2",
                "4103 plan_to_date JP 2 1",
                "4103 quarter - 17 3", "4103 quarter CN-41 15 2", "4103 quarter JP 2 1",
                "4103 same_period_last_year - 7 1", "4103 same_period_last_year CN-41 7 1",
                "4103 week - 2 1", "4103 week JP 2 1", "4103 year_to_date - 17 3",
                "4103 year_to_date CN-41 15 2", "4103 year_to_date JP 2 1",
                "410311 last_28d - 5 1", "410311 last_7d - 5 1", "410311 month - 5 1",
                "410311 plan_to_date - 15 2", "410311 quarter - 15 2", "410311 year_to_date - 15 2",
                "410322 day - 2 1", "410322 last_24h - 2 1", "410322 last_28d - 2 1",
                "410322 last_7d - 2 1",
                "410322 month - 2 1", "410322 plan_to_date - 2 1", "410322 quarter - 2 1",
                "410322 same_period_last_year - 7 1", "410322 week - 2 1",
                "410322 year_to_date - 2 1",
            ])
    }
}
