import Contracts
import HeadwayTesting
import Judge
import Ledger
import Postgres
import Testing

@Suite(.serialized) struct JudgeLeaseTests {
    typealias Event = LedgerFixture.Event

    /// The holder's session ends, as by kill -9: who stands by goes on at once, and no number is
    /// missing or twice.
    @Test func takeoverWhenTheHolderDies() throws {
        let ledger = try LedgerFixture()
        try ledger.commit(
            [Event(hour: at("2023-01-01", 9), visitors: 30)], watermark: at("2023-01-02"))
        // The first comes back late, so that it is the second that must go on.
        var slow = JudgeSettings.example()
        (slow.backoffMin, slow.backoffMax) = (.seconds(15), .seconds(15))
        let first = try RunningJudge(ledger, settings: slow)
        #expect(first.rests(at: at("2023-01-02")))
        let second = try RunningJudge(ledger)
        #expect(second.observer.wait { $0 == .standsBy })

        // Nobody stops and nothing is released; what is left of the lease is more than three seconds.
        let began = ContinuousClock.now
        try ledger.query(
            "select pg_terminate_backend(backend_pid)::text from ledger.lease where role = 'judge'")
        #expect(second.observer.wait { $0 == .tookLease(2) })
        #expect(began.duration(to: .now) < .seconds(3))
        #expect(first.observer.wait { $0 == .disconnected })

        try ledger.pass(watermark: at("2023-02-01"))
        #expect(second.rests(at: at("2023-02-01")))
        try second.stop()
        try first.stop()
        #expect(try ledger.sequences() == "1,2,3")
        #expect(
            try ledger.changes().last == "tourism.visitors on_track off_track clock 01-05 00:00")
    }

    /// Another term was taken behind the holder's back: its next transaction happens not at all.
    @Test func fencedHolderWritesNothing() throws {
        let ledger = try LedgerFixture()
        try ledger.commit(
            [Event(hour: at("2023-01-01", 9), visitors: 30)], watermark: at("2023-01-02"))
        let judge = try RunningJudge(ledger)
        #expect(judge.rests(at: at("2023-01-02")))
        let rounds = try ledger.count("judge_round")

        var usurper = try ledger.database.connect()
        _ = try usurper.query(
            """
            update ledger.lease set term = term + 1, owner = 'usurper', backend_pid = pg_backend_pid(),
                backend_start = (select a.backend_start from pg_stat_activity a
                    where a.pid = pg_backend_pid()),
                expires_at = clock_timestamp() + interval '1 hour' where role = 'judge'
            """)
        try ledger.pass(watermark: at("2023-02-01"))
        #expect(judge.observer.wait { $0 == .lostLease(1) })
        #expect(judge.observer.wait { $0 == .standsBy })
        #expect(try ledger.count("judge_round") == rounds)
        #expect(try ledger.sequences() == "1,2")

        // The usurper is gone: the old holder begins a new term and does what it could not.
        _ = consume usurper
        #expect(judge.rests(at: at("2023-02-01")))
        try judge.stop()
        #expect(try ledger.sequences() == "1,2,3")
    }

    /// A frozen holder's session lives on: its lease runs out.
    @Test func frozenHolderIsSucceeded() throws {
        let ledger = try LedgerFixture()
        var frozen = try ledger.database.connect()
        let take = LeaseStatements.take("judge", owner: "frozen", ttl: .seconds(1))
        let taken = try frozen.query(take.sql, take.parameters)
        #expect(taken[0].optionalInt8(0) == 1)
        let judge = try RunningJudge(ledger)
        #expect(judge.observer.wait { $0 == .standsBy })
        #expect(judge.observer.wait { $0 == .tookLease(2) })
        try judge.stop()
        let hold = LeaseStatements.hold("judge", term: 1, ttl: .seconds(1))
        #expect(throws: (any Error).self) { _ = try frozen.query(hold.sql, hold.parameters) }
    }

    /// Who stops hands over at once; the lease does not have to run out.
    @Test func stoppedHolderReleases() throws {
        let ledger = try LedgerFixture()
        let first = try RunningJudge(ledger)
        #expect(first.observer.wait { $0 == .tookLease(1) })
        let second = try RunningJudge(ledger)
        #expect(second.observer.wait { $0 == .standsBy })
        try first.stop()
        #expect(second.observer.wait { $0 == .tookLease(2) })
        try second.stop()
        #expect(
            try ledger.query("select expires_at::text from ledger.lease where role = 'judge'") == [
                "-infinity"
            ])
    }

    /// The judge's connection is cut again and again: the change log is the same as without.
    @Test func restartsEqualNoRestart() throws {
        func run(_ disturb: (LedgerFixture, RunningJudge) throws -> Void) throws -> [String] {
            let ledger = try LedgerFixture()
            let rule = RuleContract.example(hold: .hours(30), dwell: .hours(50))
            let plan = PlanContract.example([
                .visitors(value: 13_000, rule: rule),
                .visitors(id: "tourism.from-japan", value: 4_300, origin: "JP", rule: rule),
            ])
            let judge = try RunningJudge(ledger, plan)
            var random = SplitMix(state: 7)
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
                try disturb(ledger, judge)
            }
            try judge.stop()
            let state = try ledger.query(
                "select row_to_json(t)::text from ledger.target_state t order by target")
            return try ledger.changes() + state.map { $0 ?? "" }
        }
        let lived = try run { _, _ in }
        let restarted = try run { ledger, judge in
            try ledger.query(
                "select pg_terminate_backend(backend_pid)::text from ledger.lease where role = 'judge'"
            )
        }
        #expect(lived.count > 5)
        #expect(lived == restarted)
    }
}
