import Contracts
import HeadwayTesting
import Judge
import Ledger
import Postgres
import Testing

@Suite(.serialized) struct JudgeLatencyTests {
    typealias Event = LedgerFixture.Event

    /// Live, with a dozen targets: from the end of ingest's commit to the notification that the
    /// change is there.
    @Test func aChangeIsThereSoonAfterItsCommit() throws {
        let ledger = try LedgerFixture()
        let clock = ManualClock(at("2023-01-03", 12))
        let targets = (0..<12).map {
            TargetContract.visitors(id: "tourism.visitors-\($0)", value: 3_650)
        }
        try ledger.commit(
            [Event(hour: at("2023-01-03", 10), visitors: 1)], watermark: at("2023-01-03", 11),
            age: 0)
        let judge = try RunningJudge(ledger, .example(targets), settings: clock.settings)
        #expect(judge.rests(at: at("2023-01-03", 12)))
        var listener = try ledger.database.connect()
        try listener.listen("headway_changes")
        var latencies: [Duration] = []
        for number in 0..<100 {
            clock.set(at("2023-01-03", 12).adding(.seconds(number + 1)))
            try ledger.commit(
                [Event(hour: at("2023-01-03", 11), visitors: 40, isTakeBack: number % 2 == 1)],
                watermark: at("2023-01-03", 11), age: 0)
            let committed = ContinuousClock.now
            let heard = try listener.waitForNotifications(timeout: .seconds(10))
            #expect(!heard.isEmpty)
            latencies.append(committed.duration(to: .now))
        }
        try judge.stop()
        latencies.sort()
        print("commit to change: median \(latencies[50]), 99th percentile \(latencies[98])")
        #expect(latencies[98] < .milliseconds(250))
        #expect(try ledger.count("status_change") == 24 + 100 * 12)
    }

    /// A year that was read before the judge began: hour by hour.
    @Test func aYearAtOnce() throws {
        let ledger = try LedgerFixture()
        try ledger.pass(watermark: at("2024-01-01"))
        for (table, column, step) in [
            ("bucket_hour", "hour", "1 hour"), ("bucket_day", "day", "1 day"),
        ] {
            let time = column == "hour" ? "t" : "(t at time zone 'Asia/Shanghai')::date"
            try ledger.query(
                """
                insert into ledger.\(table) (topic_partition, generation, \(column), series, division, value, events)
                select tp.id, 1, \(time), s.id, d, case when '\(column)' = 'hour' then 1 else 24 end, 1
                from generate_series('2022-12-31T16:00Z'::timestamptz, '2023-12-31T15:00Z', '\(step)') t,
                    ledger.topic_partition tp, ledger.series s, generate_series(410301, 410304) d
                where tp.topic = 'tourism.arrivals.v1' and tp.partition = 0
                """)
        }
        try ledger.query(
            """
            insert into ledger.touch (topic_partition, generation, next_offset, subjects, hours, kinds)
            select p.topic_partition, 1, p.next_offset, array_agg('tourism.visitors'::text), array_agg(t),
                array_agg(1::int2)
            from ledger.position p,
                generate_series('2022-12-31T16:00Z'::timestamptz, '2023-12-31T15:00Z', '1 hour') t
            group by p.topic_partition, p.next_offset
            """)
        let targets = (0..<12).map {
            TargetContract.visitors(
                id: "tourism.visitors-\($0)", value: 100_000, rule: .example(hold: .days(1)))
        }
        let began = ContinuousClock.now
        let judge = try RunningJudge(ledger, .example(targets))
        #expect(judge.rests(at: at("2024-01-01")))
        print("a year of hours, twelve targets: \(began.duration(to: .now))")
        try judge.stop()
        #expect(try ledger.count("touch") == 0)
        let last = try ledger.query("select status || ' ' || value from headway.target_status")
        #expect(Set(last) == ["missed 35040"])
    }
}
