import Contracts
import HeadwayTesting
import Judge
import Ledger
import Postgres
import Synchronization

/// A ledger that commits like ingest do, written by plain SQL.
struct LedgerFixture {
    let database: ScratchDatabase

    /// One event, or one that takes back.
    struct Event {
        var hour: Instant
        var visitors: Int64
        var division: Int32 = 410_311
        var origin: String = "CN-41"
        var isTakeBack = false
    }

    init() throws {
        database = try ScratchPostgres.shared().database(template: "judge") { connection in
            try LedgerMigrations.apply(&connection)
            try CatalogueSync.run([.tourism, .measurements], on: &connection)
        }
        try query(
            """
            insert into ledger.topic_partition (stream, topic, partition) values
                ('tourism.arrivals', 'tourism.arrivals.v1', 0), ('tourism.arrivals', 'tourism.arrivals.v1', 1),
                ('sector.measurements', 'sector.measurements.v1', 0)
            """)
        try query(
            """
            insert into ledger.series (metric, breakdown, member) values ('tourism.visitors', '', ''),
                ('tourism.visitors', 'origin', 'CN-41'), ('tourism.visitors', 'origin', 'JP')
            """)
    }

    /// The first column, as text.
    @discardableResult
    func query(_ sql: String, _ parameters: [PostgresValue] = []) throws -> [String?] {
        var connection = try database.connect()
        guard sql.hasPrefix("select") else {
            _ = try connection.query(sql, parameters)
            return []
        }
        return try connection.query(sql, parameters).map { $0.optionalText(0) }
    }

    /// One commit of a partition: buckets, position, touch, and the notification.
    func commit(
        _ events: [Event], partition: Int32 = 0, generation: Int32 = 1, watermark: Instant?,
        atEnd: Bool = true, age: Double = 60
    ) throws {
        var connection = try database.connect()
        let id = try topicPartition(&connection, "tourism.arrivals", partition)
        try connection.inTransaction { (connection) throws(PostgresFailure) in
            try position(&connection, id, generation, Int64(events.count), watermark, atEnd, age)
            for event in events {
                let value = event.isTakeBack ? -event.visitors : event.visitors
                for (breakdown, member) in [("", ""), ("origin", event.origin)] {
                    for (table, column, time) in [
                        ("bucket_hour", "hour", "$3::timestamptz"),
                        (
                            "bucket_day", "day",
                            "($3::timestamptz at time zone 'Asia/Shanghai')::date"
                        ),
                    ] {
                        _ = try connection.query(
                            """
                            insert into ledger.\(table) as b (topic_partition, generation, \(column), series,
                                division, value, events)
                            select $1, $2, \(time), s.id, $4, $5, $6 from ledger.series s
                            where s.metric = 'tourism.visitors' and s.breakdown = $7 and s.member = $8
                            on conflict (topic_partition, generation, \(column), series, division)
                            do update set value = b.value + excluded.value, events = b.events + excluded.events
                            """,
                            [
                                .int4(id), .int4(generation), .timestamp(event.hour.microseconds),
                                .int4(event.division), .int8(value),
                                .int8(event.isTakeBack ? -1 : 1),
                                .text(breakdown), .text(member),
                            ])
                    }
                }
            }
            try touch(
                &connection, id, generation,
                events.map { ("tourism.visitors", $0.hour, $0.isTakeBack ? 2 : 1) })
        }
    }

    /// A commit of the measurements' partition.
    func measure(
        _ value: Int64, period: String, end: String, published: Instant, watermark: Instant? = nil
    ) throws {
        var connection = try database.connect()
        let id = try topicPartition(&connection, "sector.measurements", 0)
        let hour = shanghai.startOfHour(at: published)
        try connection.inTransaction { (connection) throws(PostgresFailure) in
            try position(&connection, id, 1, 1, watermark ?? published, true, 60)
            _ = try connection.query(
                """
                insert into ledger.measurement (topic_partition, generation, indicator, division, period,
                    record_offset, period_start, period_end, basis, revision, published_at, value)
                select $1, 1, 'economy.gdp-growth', 410300, $2, next_offset - 1, '2023-01-01', $3, 'cumulative',
                    0, $4, $5
                from ledger.position where topic_partition = $1 and generation = 1
                """,
                [
                    .int4(id), .text(period), .date(day(end).dayNumber),
                    .timestamp(published.microseconds),
                    .int8(value),
                ])
            try touch(&connection, id, 1, [("economy.gdp-growth", hour, 1)])
        }
    }

    /// A commit without events that moves only the watermark, as ignorable records do.
    func pass(
        _ stream: String = "tourism.arrivals", _ partition: Int32 = 0, watermark: Instant?,
        atEnd: Bool = true,
        age: Double = 60
    ) throws {
        var connection = try database.connect()
        let id = try topicPartition(&connection, stream, partition)
        try position(&connection, id, 1, 1, watermark, atEnd, age)
        _ = try connection.query("notify headway_commit")
    }

    private func topicPartition(
        _ connection: inout PostgresConnection, _ stream: String, _ partition: Int32
    ) throws(PostgresFailure) -> Int32 {
        try connection.query(
            "select id from ledger.topic_partition where stream = $1 and partition = $2",
            [.text(stream), .int4(partition)])[0].int4(0)
    }

    private func position(
        _ connection: inout PostgresConnection, _ id: Int32, _ generation: Int32, _ count: Int64,
        _ watermark: Instant?, _ atEnd: Bool, _ age: Double
    ) throws(PostgresFailure) {
        _ = try connection.query(
            """
            insert into ledger.position as p (topic_partition, generation, next_offset, folded, watermark, at_end,
                committed_at)
            values ($1, $2, $3, $3, $4, $5, clock_timestamp() - $6 * interval '1 millisecond')
            on conflict (topic_partition, generation) do update set next_offset = p.next_offset + $3,
                folded = p.folded + $3, watermark = greatest(p.watermark, excluded.watermark), at_end = $5,
                committed_at = excluded.committed_at
            """,
            [
                .int4(id), .int4(generation), .int8(count),
                .timestamp(orNull: watermark?.microseconds),
                .bool(atEnd), .int8(Int64(age * 1_000)),
            ])
    }

    private func touch(
        _ connection: inout PostgresConnection, _ id: Int32, _ generation: Int32,
        _ touches: [(subject: String, hour: Instant, kinds: Int16)]
    ) throws(PostgresFailure) {
        _ = try connection.query(
            """
            insert into ledger.touch (topic_partition, generation, next_offset, subjects, hours, kinds)
            select $1, $2, next_offset, $3, $4, $5 from ledger.position
            where topic_partition = $1 and generation = $2
            """,
            [
                .int4(id), .int4(generation), .texts(touches.map(\.subject)),
                .timestamps(touches.map(\.hour.microseconds)), .int2s(touches.map(\.kinds)),
            ])
        _ = try connection.query("notify headway_commit")
    }

    // MARK: Looking

    /// target, from, to, cause and as-of of each change, in order.
    func changes() throws -> [String] {
        try query(
            """
            select target || ' ' || coalesce("from", '-') || ' ' || "to" || ' ' || cause || ' '
                || to_char(as_of at time zone 'Asia/Shanghai', 'MM-DD HH24:MI')
            from headway.status_changes order by sequence
            """
        ).map { $0 ?? "" }
    }

    func sequences() throws -> String? {
        try query(
            "select string_agg(sequence::text, ',' order by sequence) from ledger.status_change")[0]
    }

    func count(_ table: String) throws -> Int {
        Int(try query("select count(*)::text from ledger.\(table)")[0] ?? "") ?? -1
    }
}

/// Facts of a judge, and a way to wait for them.
final class RecordingObserver: JudgeObserver {
    enum Fact: Equatable {
        case standsBy
        case tookLease(Int64)
        case lostLease(Int64)
        case judged(changes: Int, rounds: Int)
        case cameToRest([String: Instant])
        case refreshed(rolling: Int, figures: Int)
        case disconnected
        case tookUp(PlanDifference)
        case keptPlan(revision: Int, instead: Int)
    }

    private let facts = Mutex<[Fact]>([])
    private let gate = Gate()

    func judgeStandsBy() { note(.standsBy) }
    func judgeTookLease(term: Int64) { note(.tookLease(term)) }
    func judgeLostLease(term: Int64) { note(.lostLease(term)) }
    func judgeTookUp(_ edit: PlanDifference) { note(.tookUp(edit)) }
    func judgeKeptPlan(_ plan: String, revision: Int, instead declared: Int) {
        note(.keptPlan(revision: revision, instead: declared))
    }
    func judged(_ judgement: Judgement) {
        note(.judged(changes: judgement.changes.count, rounds: judgement.rounds.count))
    }
    func judgeCameToRest(_ judgedTo: [String: [String: Instant]]) {
        note(.cameToRest(judgedTo["luoyang-2023"] ?? [:]))
    }
    func judgeRefreshed(rolling: Int, figures: Int) {
        note(.refreshed(rolling: rolling, figures: figures))
    }
    func judgeDisconnected(_ failure: PostgresFailure, retryIn: Duration) { note(.disconnected) }

    private func note(_ fact: Fact) {
        facts.withLock { $0.append(fact) }
        gate.open()
    }

    var all: [Fact] { facts.withLock { $0 } }

    /// Waits until a fact holds that came after the first `skipping`. False after twenty seconds.
    @discardableResult
    func wait(after skipping: Int = 0, for holds: (Fact) -> Bool) -> Bool {
        gate.wait { all.dropFirst(skipping).contains(where: holds) }
    }
}
