import Contracts
import Foundation
import HeadwayTesting
import Ingest
import Kafka
import Ledger
import Postgres
import Synchronization
import Testing

/// Awaits facts of a running service.
final class RecordingIngestObserver: IngestObserver {
    private let facts = Mutex<[String]>([])
    private let arrived = DispatchSemaphore(value: 0)

    private func note(_ fact: String) {
        facts.withLock { $0.append(fact) }
        arrived.signal()
    }

    func batchCommitted(stream: String, records: Int64, deadLetters: Int) { note("committed \(records)") }
    func laneHalted(stream: String, partition: Int32, state: String, detail: String) {
        note("halted \(partition) \(state)")
    }
    func restarting(stream: String, reason: String) { note("restarting: \(reason)") }
    func lanesClaimed(stream: String, partitions: [Int32], terms: [Int64]) { note("claimed \(partitions)") }

    var all: [String] { facts.withLock { $0 } }

    /// Looks whenever a fact arrived, until `holds` does; false after the limit.
    func wait(limit: DispatchTimeInterval = .seconds(40), until holds: ([String]) throws -> Bool) rethrows
        -> Bool
    {
        let deadline = DispatchTime.now() + limit
        while true {
            if try holds(all) { return true }
            if arrived.wait(timeout: deadline) == .timedOut { return try holds(all) }
        }
    }
}

/// A stream on the mock cluster, a ledger, and what it takes to run ingest between them.
struct IngestBench {
    let mock: MockKafka
    let database: ScratchDatabase
    var settings: IngestSettings

    init(partitions: Int = 2) throws {
        let topics = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Topics").standardized.path
        let catalogue = try Catalogue.load(topics)
        var contract = try #require(catalogue.stream(named: "tourism.arrivals"))
        contract.topic.partitions = partitions
        mock = try MockKafka()
        try mock.createTopic(contract.topic.name, partitions: partitions)
        let streams = catalogue.streams
        database = try ScratchPostgres.shared().database(template: "ingest") { connection in
            try LedgerMigrations.apply(&connection)
            try CatalogueSync.run(streams, on: &connection)
        }
        settings = IngestSettings(
            contract: contract, brokers: mock.brokers,
            kafka: ["fetch.wait.max.ms": "20", "session.timeout.ms": "6000"],
            database: database.settings, instance: "test")
    }

    func produce(_ records: [(partition: Int32, value: String)]) throws {
        var producer = try KafkaProducer(settings: .producer(brokers: mock.brokers))
        for (token, record) in records.enumerated() {
            try producer.produce(
                topic: settings.contract.topic.name, partition: record.partition,
                key: Array("k".utf8), value: Array(record.value.utf8), headers: [],
                timestampMilliseconds: 1_700_000_000_000, token: token)
        }
        try producer.flush(timeout: .seconds(20))
    }

    static func arrival(
        _ id: Int, visitors: Int = 1, day: Int = 5, division: String = "410311", spend: String = "2.50"
    ) -> String {
        """
        {"specversion":"1.0","id":"e\(id)","source":"/t","type":"tourism.arrival.v1",\
        "time":"2023-03-0\(day)T10:00:00+08:00","data":{"division":"\(division)","visitors":\(visitors),\
        "spend":"\(spend)","origin":"CN-41"}}
        """
    }

    /// Runs the service until the ledger passed so many records; then stops it.
    func run(_ observer: RecordingIngestObserver, untilRecords wanted: Int64) throws {
        let thread = ServiceThread(
            name: "ingest", IngestService(settings: settings, observer: observer))
        thread.start()
        var connection = try database.connect()
        let reached = try observer.wait { _ in
            try connection.query(
                """
                select coalesce(sum(folded + duplicate + dead_letter + skipped), 0)::int8
                from ledger.position
                """)[0].int8(0) >= wanted
        }
        #expect(reached, "\(observer.all)")
        thread.stop()
        #expect(thread.join(within: .seconds(15)))
    }

    func rows(_ sql: String) throws -> [[String]] {
        var connection = try database.connect()
        return try connection.query(sql).map { row in row.textArray(0) }
    }
}

@Suite struct IngestServiceTests {
    @Test func recordsBecomeBucketsOnceAcrossRestarts() throws {
        let bench = try IngestBench()
        try bench.produce([
            (0, IngestBench.arrival(1, visitors: 3)), (0, IngestBench.arrival(2, visitors: 4)),
            (0, IngestBench.arrival(1, visitors: 3)), (1, IngestBench.arrival(9, visitors: 5, day: 6)),
            (1, "{\"broken"),
        ])
        try bench.run(RecordingIngestObserver(), untilRecords: 5)
        // A second life begins where the first ended, knows what the first counted, and checks the last record.
        try bench.produce([
            (0, IngestBench.arrival(2, visitors: 4)), (0, IngestBench.arrival(3, visitors: 6)),
        ])
        try bench.run(RecordingIngestObserver(), untilRecords: 7)
        #expect(
            try bench.rows(
                """
                select array[metric_partition, day, value, events] from (
                    select s.metric || '/' || tp.partition as metric_partition, b.day::text,
                        b.value::text, b.events::text
                    from ledger.bucket_day b join ledger.series s on s.id = b.series
                    join ledger.topic_partition tp on tp.id = b.topic_partition
                    where s.breakdown = '') r order by 1
                """) == [
                    ["tourism.revenue/0", "2023-03-05", "750", "3"],
                    ["tourism.revenue/1", "2023-03-06", "250", "1"],
                    ["tourism.visitors/0", "2023-03-05", "13", "3"],
                    ["tourism.visitors/1", "2023-03-06", "5", "1"],
                ])
        #expect(
            try bench.rows(
                """
                select array[partition::text, next_offset::text, folded::text, duplicate::text,
                    dead_letter::text, skipped::text, term::text]
                from headway.positions order by partition
                """) == [["0", "5", "3", "2", "0", "0", "2"], ["1", "2", "1", "0", "1", "0", "2"]])
        #expect(
            try bench.rows(
                "select array[reason, convert_from(value, 'UTF8')] from headway.dead_letters")
                == [["bad_json", "{\"broken"]])
    }

    @Test func aRecreatedTopicHaltsItsPartition() throws {
        var bench = try IngestBench(partitions: 1)
        try bench.produce([(0, IngestBench.arrival(1)), (0, IngestBench.arrival(2))])
        try bench.run(RecordingIngestObserver(), untilRecords: 2)
        // Another cluster: the same topic, with other and more records.
        let other = try MockKafka()
        try other.createTopic(bench.settings.contract.topic.name, partitions: 1)
        bench = bench.moved(to: other)
        try bench.produce((10..<20).map { (0, IngestBench.arrival($0)) })
        let observer = RecordingIngestObserver()
        let thread = ServiceThread(
            name: "ingest", IngestService(settings: bench.settings, observer: observer))
        thread.start()
        #expect(observer.wait { $0.contains("halted 0 halted_diverged") }, "\(observer.all)")
        thread.stop()
        #expect(thread.join(within: .seconds(15)))
        #expect(
            try bench.rows("select array[state, next_offset::text] from headway.positions")
                == [["halted_diverged", "2"]])
    }

    @Test func aTermThatWasTakenOverWritesNothingMore() throws {
        let bench = try IngestBench(partitions: 1)
        try bench.produce([(0, IngestBench.arrival(1))])
        let observer = RecordingIngestObserver()
        let thread = ServiceThread(
            name: "ingest", IngestService(settings: bench.settings, observer: observer))
        thread.start()
        #expect(observer.wait { $0.contains("committed 1") })
        // Someone else claims; the group knows nothing of it.
        var connection = try bench.database.connect()
        _ = try LedgerPosition.claim(
            &connection, topic: bench.settings.contract.topic.name, partition: 0, owner: "other")
        try bench.produce([(0, IngestBench.arrival(2))])
        #expect(observer.wait { $0.contains { $0.hasPrefix("restarting") } }, "\(observer.all)")
        // The fenced one begins anew and claims again: nothing was counted twice on the way.
        #expect(
            try observer.wait { _ in
                try bench.rows("select array[folded::text] from ledger.position") == [["2"]]
            }, "\(observer.all)")
        thread.stop()
        #expect(thread.join(within: .seconds(15)))
        #expect(
            try bench.rows(
                """
                select array[sum(b.value)::text, sum(b.events)::text] from ledger.bucket_hour b
                join ledger.series s on s.id = b.series
                where s.metric = 'tourism.visitors' and s.breakdown = ''
                """) == [["2", "2"]])
    }
}

extension IngestBench {
    /// The same ledger and stream on another cluster.
    func moved(to other: MockKafka) -> IngestBench {
        var settings = settings
        settings.brokers = other.brokers
        return IngestBench(mock: other, database: database, settings: settings)
    }

    init(mock: MockKafka, database: ScratchDatabase, settings: IngestSettings) {
        self.mock = mock
        self.database = database
        self.settings = settings
    }
}
