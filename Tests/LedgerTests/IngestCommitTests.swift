@testable import Aggregates
import Contracts
import HeadwayTesting
import Ledger
import Postgres
import Testing

struct IngestCommitTests {
    let ledger: LedgerFixture

    init() throws { ledger = try LedgerFixture() }

    /// A commit that writes into every table.
    private func full(_ position: LedgerPosition, from: Int64, to next: Int64, series: Int32)
        -> IngestCommit
    {
        var commit = LedgerFixture.commit(position, from: from, to: next)
        let lane = Int(position.partition)
        commit.hours.topicPartitions = [position.topicPartition]
        commit.hours.hours = [1_688_140_800_000_000]
        (commit.hours.series, commit.hours.divisions) = ([series], [410311])
        (commit.hours.values, commit.hours.events) = ([7], [1])
        commit.days.topicPartitions = [position.topicPartition]
        commit.days.days = [19_539]
        (commit.days.series, commit.days.divisions) = ([series], [410311])
        (commit.days.values, commit.days.events) = ([7], [1])
        commit.measurements = [
            MeasurementRow(
                lane: lane, indicator: "economy.gdp-growth", division: 410300, period: "2023-Q2",
                recordOffset: from, periodStart: 19_448, periodEnd: 19_538, basis: .cumulative,
                revision: 0,
                publishedAt: 1_688_140_800_000_000, value: 5_500_000, unit: nil)
        ]
        commit.fingerprints = [
            FingerprintAppend(
                lane: lane, day: 19_539, segment: 0, hashes: [1, 2, 3, 4, 5, 6, 7, 8])
        ]
        commit.deadLetters = [
            DeadLetterRow(
                topicPartition: position.topicPartition, generation: position.generation,
                offset: from,
                stage: "decode", reason: "bad_json", message: "no \0 JSON at byte 0", key: nil,
                value: [0xff, 0, 1], headerNames: [Array("ce_id".utf8), [0xc3, 0x28]],
                headerValues: [Array("洛阳".utf8), nil], timestampMilliseconds: 1_688_140_800_123)
        ]
        commit.touches = [
            lane: [
                Touch(subject: "tourism.visitors", hour: 1_688_140_800_000_000, kinds: .addition)
            ]
        ]
        return commit
    }

    private static let tables = [
        "bucket_hour", "bucket_day", "measurement", "fingerprint_segment", "dead_letter", "touch",
    ]

    private func counts(_ connection: inout PostgresConnection) throws(PostgresFailure) -> [Int64] {
        var counts: [Int64] = []
        for table in Self.tables {
            counts.append(try connection.query("select count(*) from ledger.\(table)")[0].int8(0))
        }
        return counts
    }

    @Test func oneCommitWritesEverything() throws {
        var connection = try ledger.connect()
        try connection.listen("headway_commit")
        try connection.listen("headway_changes")
        let position = try LedgerFixture.claim(&connection)
        let series = try LedgerSeries.ids(&connection, [SeriesKey(metric: "tourism.visitors")])
        try full(position, from: 0, to: 3, series: series[0]).write(&connection)
        #expect(try counts(&connection) == [1, 1, 1, 1, 1, 1])
        let heard = try connection.waitForNotifications(timeout: .seconds(10))
        #expect(heard.map(\.channel).sorted() == ["headway_changes", "headway_commit"])
        #expect(heard.first { $0.channel == "headway_commit" }?.payload == "tourism.arrivals")
        let row = try connection.query(
            """
            select message, value, header_names, header_values, record_time, key from ledger.dead_letter
            """)[0]
        #expect(row.text(0) == "no  JSON at byte 0")
        #expect(row.bytes(1) == [0xff, 0, 1])
        #expect(row.byteaArray(2) == [Array("ce_id".utf8), [0xc3, 0x28]])
        #expect(row.byteaArray(3) == [Array("洛阳".utf8), nil])
        #expect(row.timestamp(4) == 1_688_140_800_123_000)
        #expect(row.isNull(5))
    }

    @Test func aStaleFenceWritesNothing() throws {
        var connection = try ledger.connect()
        let stale = try LedgerFixture.claim(&connection)
        let series = try LedgerSeries.ids(&connection, [SeriesKey(metric: "tourism.visitors")])
        let owner = try LedgerFixture.claim(&connection, owner: "b")
        let zombie = #expect(throws: PostgresFailure.self) {
            try self.full(stale, from: 0, to: 3, series: series[0]).write(&connection)
        }
        #expect(zombie?.kind == .fenced)
        #expect(zombie?.sqlState == "HW001")
        #expect(zombie?.outcomeUnknown == false)
        #expect(try counts(&connection) == [0, 0, 0, 0, 0, 0])
        // The same commit twice is one too many under the right term as well.
        try full(owner, from: 0, to: 3, series: series[0]).write(&connection)
        let twice = #expect(throws: PostgresFailure.self) {
            try self.full(owner, from: 0, to: 3, series: series[0]).write(&connection)
        }
        #expect(twice?.kind == .fenced)
        #expect(try counts(&connection) == [1, 1, 1, 1, 1, 1])
        #expect(try LedgerPosition.all(&connection).map(\.nextOffset) == [3])
    }

    /// What the raising fence is for: an update that matches no row is no error, so with a check on
    /// the client the rest of the pipeline is through before anyone can look.
    @Test func aFenceCheckedByTheClientWouldLetItThrough() throws {
        var connection = try ledger.connect()
        let stale = try LedgerFixture.claim(&connection)
        let series = try LedgerSeries.ids(&connection, [SeriesKey(metric: "tourism.visitors")])
        _ = try LedgerFixture.claim(&connection, owner: "b")
        var statements = full(stale, from: 0, to: 3, series: series[0]).statements()
        statements[0] = PostgresStatement(
            "update ledger.position set next_offset = $1 where topic_partition = $2 and term = $3",
            [.int8(3), .int4(stale.topicPartition), .int8(stale.term)])
        let answers = try connection.transaction(statements)
        #expect(answers[0].affected == 0)
        #expect(try counts(&connection) == [1, 1, 1, 1, 1, 1])
    }

    @Test func everyStatementOfAFailedCommitIsUndone() throws {
        var connection = try ledger.connect()
        let position = try LedgerFixture.claim(&connection)
        var commit = full(position, from: 0, to: 3, series: 1)
        commit.deadLetters[0].stage = "nowhere"
        let failure = #expect(throws: PostgresFailure.self) { try commit.write(&connection) }
        #expect(failure?.kind == .data)
        #expect(try counts(&connection) == [0, 0, 0, 0, 0, 0])
        #expect(try LedgerPosition.all(&connection).map(\.nextOffset) == [0])
    }

    @Test(arguments: [UInt64(1), 2, 3]) func upsertsEqualAPlainSum(seed: UInt64) throws {
        struct Key: Hashable { var tp: Int32, hour: Int64, series: Int32, division: Int32 }
        var state = seed
        func random(_ below: Int64) -> Int64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int64(state >> 33) % below
        }
        var connection = try ledger.connect()
        var positions = [
            try LedgerFixture.claim(&connection, partition: 0),
            try LedgerFixture.claim(&connection, partition: 1),
        ]
        var plain: [Key: (value: Int128, events: Int64)] = [:]
        for _ in 0..<20 {
            var batch: [Key: (value: Int64, events: Int64)] = [:]
            for _ in 0..<200 {
                let key = Key(
                    tp: positions[Int(random(2))].topicPartition,
                    hour: (470_000 + random(48)) * 3_600_000_000, series: Int32(1 + random(3)),
                    division: Int32(410_300 + random(5)))
                // Near the largest sums that a batch can hold, so that a total leaves Int64.
                let (value, events) = (
                    (random(2) == 0 ? 1 : -1) * (Int64.max / 4_000), random(3) - 1
                )
                batch[key, default: (0, 0)].value += value
                batch[key, default: (0, 0)].events += events
                plain[key, default: (0, 0)].value += Int128(value)
                plain[key, default: (0, 0)].events += events
            }
            var commit = IngestCommit(
                stream: "tourism.arrivals",
                fences: positions.flatMap { LedgerFixture.commit($0, to: $0.nextOffset + 1).fences }
            )
            for (key, sum) in batch.sorted(by: {
                ($0.key.tp, $0.key.hour, $0.key.series, $0.key.division) < (
                    $1.key.tp, $1.key.hour, $1.key.series, $1.key.division
                )
            }) {
                commit.hours.topicPartitions.append(key.tp)
                commit.hours.hours.append(key.hour)
                commit.hours.series.append(key.series)
                commit.hours.divisions.append(key.division)
                commit.hours.values.append(sum.value)
                commit.hours.events.append(sum.events)
            }
            try commit.write(&connection)
            for index in positions.indices { positions[index].nextOffset += 1 }
        }
        let rows = try connection.query(
            "select topic_partition, hour, series, division, value::text, events from ledger.bucket_hour"
        )
        #expect(rows.count == plain.count)
        for row in rows {
            let key = Key(
                tp: row.int4(0), hour: row.timestamp(1), series: row.int4(2), division: row.int4(3))
            #expect(plain[key].map { "\($0.value)" } == row.text(4))
            #expect(plain[key]?.events == row.int8(5))
        }
    }

    @Test func fingerprintsGrowByAppends() throws {
        var connection = try ledger.connect()
        var position = try LedgerFixture.claim(&connection)
        func append(_ appends: [FingerprintAppend]) throws {
            var commit = LedgerFixture.commit(position, to: position.nextOffset + 1)
            commit.fingerprints = appends
            try commit.write(&connection)
            position.nextOffset += 1
        }
        let (first, second) = ([UInt8](repeating: 1, count: 16), [UInt8](repeating: 2, count: 8))
        try append([.init(lane: 0, day: 5, segment: 0, hashes: first)])
        try append([
            .init(lane: 0, day: 5, segment: 0, hashes: second),
            .init(lane: 0, day: 5, segment: 1, hashes: first),
            .init(lane: 0, day: -3, segment: 0, hashes: second),
        ])
        #expect(
            try LedgerFingerprints.segments(
                &connection, topicPartition: position.topicPartition, generation: 1, day: 5)
                == [first + second, first])
        #expect(
            try LedgerFingerprints.days(
                &connection, topicPartition: position.topicPartition, generation: 1)
                == [.init(day: -3, segment: 0, bytes: 8), .init(day: 5, segment: 1, bytes: 16)])
        #expect(
            try LedgerFingerprints.days(
                &connection, topicPartition: position.topicPartition, generation: 2) == [])
    }

    @Test func deadLettersAreMarkedOnceAndAudited() throws {
        var connection = try ledger.connect()
        let position = try LedgerFixture.claim(&connection)
        let series = try LedgerSeries.ids(&connection, [SeriesKey(metric: "tourism.visitors")])
        try full(position, from: 0, to: 3, series: series[0]).write(&connection)
        let place = try #require(LedgerDeadLetters.Place("tourism.arrivals.v1/0/1/0"))
        let absent = try #require(LedgerDeadLetters.Place("tourism.arrivals.v1/0/1/1"))
        #expect(LedgerDeadLetters.Place("tourism.arrivals.v1/0/1") == nil)
        #expect(
            try LedgerDeadLetters.mark(&connection, [absent, place], .discarded, who: "op") == [
                place
            ])
        #expect(try LedgerDeadLetters.mark(&connection, [place], .redriven, who: "op") == [])
        let audit = try connection.query("select what, detail ->> 0 from ledger.audit")
        #expect(audit.count == 1)
        #expect(audit[0].text(0) == "dead_letters discarded")
        #expect(audit[0].text(1) == place.description)
        #expect(try connection.query("select state from headway.dead_letters")[0].text(0) == "discarded")
    }

    @Test func seriesKeepTheirIds() throws {
        var connection = try ledger.connect()
        let total = SeriesKey(metric: "tourism.visitors")
        let henan = SeriesKey(metric: "tourism.visitors", breakdown: "origin", member: "CN-41")
        let japan = SeriesKey(metric: "tourism.visitors", breakdown: "origin", member: "JP")
        let first = try LedgerSeries.ids(&connection, [henan, total])
        let second = try LedgerSeries.ids(&connection, [total, japan, henan])
        #expect(second[0] == first[1])
        #expect(second[2] == first[0])
        #expect(Set(second).count == 3)
        #expect(try LedgerSeries.ids(&connection, []) == [])
        let failure = #expect(throws: PostgresFailure.self) {
            try LedgerSeries.ids(&connection, [SeriesKey(metric: "unheard.of")])
        }
        #expect(failure?.kind == .data)
    }
}
