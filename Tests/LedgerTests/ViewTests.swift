@testable import Aggregates
import HeadwayTesting
import Ledger
import Postgres
import Testing

struct ViewTests {
    let ledger: LedgerFixture

    init() throws { ledger = try LedgerFixture() }

    private static let promised: [(view: String, columns: [String])] = [
        (
            "hourly",
            ["stream", "metric", "division", "breakdown", "member", "hour", "value", "events"]
        ),
        (
            "daily",
            ["stream", "metric", "division", "breakdown", "member", "day", "value", "events"]
        ),
        (
            "rolling",
            ["metric", "place", "window", "breakdown", "member", "as_of", "value", "events"]
        ),
        (
            "target_status",
            [
                "plan", "target", "name_zh", "name_en", "sector", "area", "status", "value",
                "expected", "pace",
                "projected", "as_of", "since", "sequence",
            ]
        ),
        (
            "status_changes",
            [
                "plan", "revision", "target", "sequence", "from", "to", "cause", "as_of",
                "watermark", "value",
                "expected", "pace", "projected", "goal", "rule", "positions", "previous_sequence",
            ]
        ),
        (
            "dead_letters",
            [
                "id", "topic", "partition", "record_offset", "stage", "reason", "message", "key",
                "value",
                "headers", "record_time", "state",
            ]
        ),
        (
            "positions",
            [
                "topic", "partition", "generation", "term", "state", "next_offset", "folded",
                "duplicate",
                "dead_letter", "skipped", "watermark",
            ]
        ),
    ]

    @Test func columnsThatReadersRelyOnComeFirst() throws {
        var connection = try ledger.connect()
        for (view, columns) in Self.promised {
            let rows = try connection.query(
                """
                select a.attname::text, a.atttypid::regtype::text from pg_attribute a
                where a.attrelid = $1::regclass and a.attnum > 0 order by a.attnum
                """, [.text("headway.\(view)")])
            #expect(rows.prefix(columns.count).map { $0.text(0) } == columns, "\(view)")
            let types = Dictionary(uniqueKeysWithValues: rows.map { ($0.text(0), $0.text(1)) })
            for figure in ["value", "expected", "pace", "projected"] where view != "dead_letters" {
                #expect(types[figure] ?? "numeric" == "numeric", "\(view).\(figure)")
            }
            for time in ["as_of", "since", "watermark", "hour", "record_time"] {
                #expect(
                    types[time] ?? "timestamp with time zone" == "timestamp with time zone",
                    "\(view).\(time)")
            }
            if view == "dead_letters" { #expect(types["headers"] == "jsonb") }
        }
    }

    @Test func everyViewAndColumnHasAComment() throws {
        var connection = try ledger.connect()
        let rows = try connection.query(
            """
            select c.relname || coalesce('.' || a.attname, '')
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'headway'
            left join lateral (select attname, attnum from pg_attribute where attrelid = c.oid and attnum > 0
                union all select null, 0) a on true
            where c.relkind = 'v' and col_description(c.oid, a.attnum) is null
                and (a.attnum <> 0 or obj_description(c.oid, 'pg_class') is null)
            """)
        #expect(rows.map { $0.text(0) } == [])
        #expect(
            try connection.query(
                "select from pg_class where relnamespace = 'headway'::regnamespace and relkind = 'v'"
            ).count >= 7)
    }

    @Test func sumsAreInBaseUnitsExactAndLiveOnly() throws {
        var connection = try ledger.connect()
        let keys = [
            SeriesKey(metric: "tourism.arrivals-spend"),
            SeriesKey(metric: "tourism.visitors", breakdown: "origin", member: "CN-41"),
        ]
        let ids = try LedgerSeries.ids(&connection, keys)
        let hour: Int64 = 1_688_140_800_000_000
        for partition in [Int32(0), 1] {
            let position = try LedgerFixture.claim(&connection, partition: partition)
            var commit = LedgerFixture.commit(position, to: 1)
            commit.hours.topicPartitions = [position.topicPartition, position.topicPartition]
            commit.hours.hours = [hour, hour]
            commit.hours.series = ids
            commit.hours.divisions = [410_311, 410_311]
            commit.hours.values = [9_000_000_000_000_000_025, partition == 0 ? 5 : -5]
            commit.hours.events = [2, partition == 0 ? 1 : -1]
            commit.days.topicPartitions = [position.topicPartition]
            (commit.days.days, commit.days.series, commit.days.divisions) = (
                [19_539], [ids[0]], [410_311]
            )
            (commit.days.values, commit.days.events) = ([425_450], [1])
            try commit.write(&connection)
        }
        // Rows of another generation are not seen.
        _ = try connection.query(
            """
            insert into ledger.bucket_hour select topic_partition, 2, hour, series, division, value, events
            from ledger.bucket_hour
            """)
        let hours = try connection.query("select *, value::text from headway.hourly")
        #expect(hours.count == 1)
        let row = hours[0]
        #expect((0..<2).map { row.text($0) } == ["tourism.arrivals", "tourism.arrivals-spend"])
        #expect(row.int8(2) == 410_311)
        #expect(row.isNull(3))
        #expect(row.isNull(4))
        #expect(row.timestamp(5) == hour)
        #expect(row.int8(7) == 4)
        #expect(row.text(9) == "180000000000000000.5")
        let days = try connection.query("select day, value::text, events from headway.daily")
        #expect(days.count == 1)
        #expect(days[0].date(0) == 19_539)
        #expect(days[0].text(1) == "8509")
        #expect(days[0].int8(2) == 2)
    }

    @Test func aStatusChangeIsReadFromItsJSON() throws {
        var connection = try ledger.connect()
        try connection.script(
            #"""
            insert into ledger.plan (id, revision, title_zh, title_en, zone, period_start, period_end, division, place)
                values ('p', 1, '', '', 'Asia/Shanghai', '2023-01-01', '2023-12-31', 410300, '4103');
            insert into ledger.status_change (plan, sequence, target, round, decided_at, data) values ('p', 42,
            'tourism.visitors', 7, '2023-07-01T00:00:00Z',
            '{"plan":"p","revision":1,"target":"tourism.visitors","sequence":42,"from":null,"to":"at_risk","cause":"live","asOf":"2023-06-30T16:00:00Z","watermark":null,"value":"43120455","expected":"49589041","pace":"0.8696","projected":null,"goal":{"bound":"at_least"},"rule":{},"positions":[{"topic":"t","partition":0,"offset":812345,"generation":1}],"previousSequence":37}');
            """#)
        let row = try connection.query(
            """
            select revision, sequence, "from", "to", cause, as_of, watermark, value::text, pace::text, projected,
                goal ->> 'bound', positions -> 0 ->> 'offset', previous_sequence from headway.status_changes
            """)[0]
        #expect(row.int8(0) == 1)
        #expect(row.int8(1) == 42)
        #expect(row.isNull(2))
        #expect(row.text(3) == "at_risk")
        #expect(row.text(4) == "live")
        #expect(row.timestamp(5) == 1_688_140_800_000_000)
        #expect(row.isNull(6))
        #expect(row.text(7) == "43120455")
        #expect(row.text(8) == "0.8696")
        #expect(row.isNull(9))
        #expect(row.text(10) == "at_least")
        #expect(row.text(11) == "812345")
        #expect(row.int8(12) == 37)
    }

    @Test func deadLettersShowTheirHeaders() throws {
        var connection = try ledger.connect()
        let position = try LedgerFixture.claim(&connection, partition: 2)
        var commit = LedgerFixture.commit(position, to: 8)
        commit.deadLetters = [
            DeadLetterRow(
                topicPartition: position.topicPartition, generation: 1, offset: 7,
                stage: "validate",
                reason: "bad_time", message: "m", key: [1], value: nil,
                headerNames: [Array("city".utf8), Array("raw".utf8), Array("none".utf8)],
                headerValues: [Array("洛阳".utf8), [0xff, 0], nil], timestampMilliseconds: .max)
        ]
        try commit.write(&connection)
        let row = try connection.query(
            "select id, topic, partition, record_offset, headers::text, record_time, state from headway.dead_letters"
        )[0]
        #expect(row.text(0) == "tourism.arrivals.v1/2/1/7")
        #expect(row.text(1) == "tourism.arrivals.v1")
        #expect(row.int8(2) == 2)
        #expect(row.int8(3) == 7)
        #expect(
            row.text(4)
                == #"[{"name": "city", "value": "洛阳"}, {"name": "raw", "value": "\\377\\000"}, {"name": "none", "value": null}]"#
        )
        #expect(row.timestamp(5) == .max)
        #expect(row.text(6) == "waiting")
    }

    @Test func theReaderReadsViewsAndNothingElse() throws {
        var connection = try ledger.connect()
        try connection.inTransaction { (connection) throws(PostgresFailure) in
            _ = try connection.query("set local role headway_reader")
            for (view, _) in Self.promised {
                _ = try connection.query("select count(*) from headway.\(view)")
            }
        }
        for sql in [
            "select * from ledger.position", "delete from headway.positions",
            "select value from ledger.setting",
        ] {
            let failure = #expect(throws: PostgresFailure.self) {
                try connection.inTransaction { (connection) throws(PostgresFailure) in
                    _ = try connection.query("set local role headway_reader")
                    _ = try connection.query(sql)
                }
            }
            #expect(["42501", "55000"].contains(failure?.sqlState), "\(sql)")
        }
    }
}
