import Aggregates
import Contracts
import HeadwayTesting
import Ledger
import Postgres
import Testing

/// Views by area, sector, month and division, with figures by hand.
struct ReadingViewTests {
    let ledger: LedgerFixture

    init() throws { ledger = try LedgerFixture() }

    private static func day(_ iso: String) throws -> CivilDate { try #require(CivilDate(iso: iso)) }

    private static func target(
        _ id: String, area: String, _ source: TargetContract.Source,
        kind: TargetContract.Kind = .total
    ) throws -> TargetContract {
        TargetContract(
            id: id, sector: String(id.prefix { $0 != "." }), area: area, nameZh: "名",
            nameEn: "name",
            kind: kind, bound: .atLeast, value: 1_000, valueMax: nil, tolerance: 0, slack: 1_000,
            scale: 0, unit: "persons", windowStart: try day("2023-01-01"),
            deadline: try day("2023-12-31"), source: source,
            trajectory: kind == .milestone ? .steps([]) : .linear,
            rule: RuleContract(
                atRiskBelow: 950_000, offTrackBelow: 850_000, recoverAbove: 970_000, hold: .zero,
                dwell: .zero, staleAfter: nil, grace: .zero))
    }

    private static func plan(zone: String = "Asia/Shanghai") throws -> PlanContract {
        let metric = TargetContract.Source.metric(
            stream: "tourism.arrivals", metric: "tourism.visitors", breakdown: nil, member: nil)
        let member = TargetContract.Source.metric(
            stream: "tourism.arrivals", metric: "tourism.visitors", breakdown: "origin",
            member: "JP")
        let read = TargetContract.Source.indicator(stream: "sector.measurements", indicator: "x")
        return PlanContract(
            id: "p", revision: 1, titleZh: "计划", titleEn: "Plan",
            zone: try #require(Zone(identifier: zone)), periodStart: try day("2023-01-01"),
            periodEnd: try day("2023-12-31"), division: 410_300, place: "4103",
            areas: [
                NamedKey(key: "6", zh: "文旅", en: "Tourism"),
                NamedKey(key: "10", zh: "治理", en: "Safety"),
            ],
            divisions: [
                NamedKey(key: "410311", zh: "洛龙区", en: "Luolong"),
                NamedKey(key: "410302", zh: "老城区", en: "Laocheng"),
            ],
            targets: [
                try target("tourism.visitors", area: "6", metric),
                try target("tourism.japanese", area: "6", member),
                try target("rural.roads", area: "5", read, kind: .milestone),
            ])
    }

    private static func write(
        _ plan: PlanContract, _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        _ = try connection.pipeline(JudgementPlan.write(plan))
    }

    /// A state of 1 July 2023, 10:00 in Shanghai, for each target and status given.
    private static func judge(
        _ statuses: [String: String], at asOf: String = "2023-07-01T02:00:00Z",
        _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        for (target, status) in statuses {
            _ = try connection.query(
                """
                insert into ledger.target_state (plan, target, status, since, sequence, as_of, revision)
                values ('p', $1, $2, '2023-06-01T00:00:00Z', 1, $3::timestamptz, 1)
                """, [.text(target), .text(status), .text(asOf)])
        }
    }

    @Test func namesAreThoseOfTheLatestPlan() throws {
        var connection = try ledger.connect()
        var plan = try Self.plan()
        try Self.write(plan, &connection)
        let row = try connection.query(
            """
            select area_zh, area_en, metric, breakdown, member, projection_method from headway.target_status
            where target = 'tourism.japanese'
            """)[0]
        #expect(
            (0..<6).map { row.text($0) } == [
                "文旅", "Tourism", "tourism.visitors", "origin", "JP", "seasonal_run_rate",
            ])
        plan.areas = [NamedKey(key: "5", zh: "乡村", en: "Countryside")]
        plan.divisions = []
        try Self.write(plan, &connection)
        let rows = try connection.query(
            """
            select target, area_en, metric, projection_method from headway.target_status order by ordinal
            """)
        #expect(rows.map { $0.isNull(1) } == [true, true, false])
        #expect(rows[2].text(1) == "Countryside")
        #expect(rows[2].isNull(2))
        #expect(rows[2].text(3) == "count")
        #expect(try connection.query("select from ledger.division").isEmpty)
    }

    @Test func areasAndSectorsCountTheirTargets() throws {
        var connection = try ledger.connect()
        try Self.write(try Self.plan(), &connection)
        try Self.judge(["tourism.visitors": "at_risk", "rural.roads": "pending"], &connection)
        let areas = try connection.query(
            """
            select area, coalesce(name_en, '-'), targets, pending, no_data, on_track, at_risk, off_track,
                achieved, missed from headway.areas where plan = 'p' order by ordinal
            """)
        #expect(areas.map { $0.text(0) + " " + $0.text(1) } == ["6 Tourism", "10 Safety", "5 -"])
        #expect(
            areas.map { row in (2..<10).map { row.int8($0) } } == [
                [2, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0, 0],
            ])
        let sectors = try connection.query(
            "select sector, targets, pending, at_risk from headway.sectors order by sector")
        #expect(sectors.map { $0.text(0) } == ["rural", "tourism"])
        #expect(sectors.map { row in (1..<4).map { row.int8($0) } } == [[1, 1, 0], [2, 0, 1]])
    }

    @Test func aMonthEndsWithTheMidnightOfThePlansZone() throws {
        var connection = try ledger.connect()
        try Self.write(try Self.plan(), &connection)
        try Self.judge(
            ["tourism.visitors": "on_track"], at: "2023-03-15T00:00:00Z", &connection)
        // Target, status, as of. The first of February in Shanghai begins at 16:00 UTC.
        let changes = [
            ("tourism.visitors", "no_data", "2023-01-01T00:00:00Z"),
            ("rural.roads", "pending", "2023-01-01T00:00:00Z"),
            ("tourism.visitors", "off_track", "2023-01-31T16:00:00Z"),
            ("rural.roads", "on_track", "2023-01-31T17:00:00Z"),
            ("gone", "missed", "2023-01-02T00:00:00Z"),
            ("tourism.visitors", "on_track", "2023-03-01T00:00:00Z"),
        ]
        for (index, change) in changes.enumerated() {
            _ = try connection.query(
                """
                insert into ledger.status_change (plan, sequence, target, round, decided_at, data)
                values ('p', $1, $2, 1, now(), json_build_object('to', $3::text, 'asOf', $4::text)::text)
                """,
                [
                    .int8(Int64(index + 1)), .text(change.0), .text(change.1), .text(change.2),
                ])
        }
        let rows = try connection.query(
            """
            select month::text, status, targets from headway.status_by_month order by month, status
            """)
        #expect(
            rows.map { "\($0.text(0)) \($0.text(1)) \($0.int8(2))" } == [
                "2023-01-01 off_track 1", "2023-01-01 pending 1",
                "2023-02-01 off_track 1", "2023-02-01 on_track 1",
            ])
    }

    /// Whole days, the hours of the running day before the evaluation, two partitions; not what is
    /// later, outside of window or place, or of another generation.
    @Test(arguments: ["Asia/Shanghai", "UTC"])
    func divisionsAddUpToWhatWasSeen(zone: String) throws {
        var connection = try ledger.connect()
        try Self.write(try Self.plan(zone: zone), &connection)
        try Self.judge(
            ["tourism.visitors": "on_track", "tourism.japanese": "on_track"], &connection)
        let ids = try LedgerSeries.ids(
            &connection,
            [
                SeriesKey(metric: "tourism.visitors"),
                SeriesKey(metric: "tourism.visitors", breakdown: "origin", member: "JP"),
            ])
        // Hour in UTC (Shanghai is eight hours ahead), series, division, value.
        let cells: [(String, Int32, Int32, Int64)] = [
            ("2022-12-31T14:00:00Z", ids[0], 410_311, 1_000_000),  // outside of the window
            ("2023-02-01T04:00:00Z", ids[0], 410_311, 400),
            ("2023-02-01T04:00:00Z", ids[1], 410_311, 40),
            ("2023-06-30T17:00:00Z", ids[0], 410_311, 50),  // 1 July, 1:00
            ("2023-07-01T01:00:00Z", ids[0], 410_399, 150),  // no name
            ("2023-07-01T02:00:00Z", ids[0], 410_311, 7_000),  // not seen yet
            ("2023-02-01T04:00:00Z", ids[0], 410_100, 9_000),  // another place
        ]
        for partition in [Int32(0), 1] {
            let position = try LedgerFixture.claim(&connection, partition: partition)
            for (hour, series, division, value) in cells {
                for generation in [position.generation, position.generation + 1] {
                    let parameters: [PostgresValue] = [
                        .int4(position.topicPartition), .int4(generation), .text(hour),
                        .int4(series), .int4(division), .int8(value),
                    ]
                    _ = try connection.query(
                        """
                        insert into ledger.bucket_hour
                        values ($1, $2, $3::timestamptz, $4, $5, $6::numeric, 1)
                        """, parameters)
                    _ = try connection.query(
                        """
                        insert into ledger.bucket_day
                        values ($1, $2, ($3::timestamptz at time zone 'Asia/Shanghai')::date, $4, $5, $6::numeric, 1)
                        on conflict (topic_partition, generation, day, series, division)
                            do update set value = bucket_day.value + excluded.value, events = bucket_day.events + 1
                        """, parameters)
                }
            }
        }
        let rows = try connection.query(
            """
            select target, division, coalesce(name_en, '-'), value::text, events, coalesce(share::text, '-'), unit
            from headway.target_divisions order by target, ordinal, division
            """)
        #expect(
            rows.map {
                "\($0.text(0)) \($0.int8(1)) \($0.text(2)) \($0.text(3)) \($0.int8(4)) \($0.text(5))"
            } == [
                "tourism.japanese 410311 Luolong 80 2 1.000000",
                "tourism.japanese 410302 Laocheng 0 0 -",
                "tourism.visitors 410311 Luolong 900 4 0.750000",
                "tourism.visitors 410302 Laocheng 0 0 -",
                "tourism.visitors 410399 - 300 2 0.250000",
            ])
        #expect(rows[0].text(6) == "persons")
    }
}
