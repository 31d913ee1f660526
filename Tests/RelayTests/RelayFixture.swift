import Contracts
import Foundation
import HeadwayTesting
import Kafka
import Ledger
import Postgres
import Relay
import Synchronization

/// Notes facts, and lets a test wait for one.
final class RecordingObserver: RelayObserver {
    private struct State {
        var facts: [RelayFact] = []
        var hook: (@Sendable (RelayFact) -> Void)?
    }

    private let state = Mutex(State())
    private let came = NSCondition()

    func observed(_ fact: RelayFact) {
        let hook = state.withLock { state in
            state.facts.append(fact)
            return state.hook
        }
        hook?(fact)
        came.lock()
        came.broadcast()
        came.unlock()
    }

    /// Called on the relay's thread with each further fact.
    func onFact(_ hook: (@Sendable (RelayFact) -> Void)?) { state.withLock { $0.hook = hook } }

    var facts: [RelayFact] { state.withLock { $0.facts } }

    struct DidNotCome: Error { var facts: [RelayFact] }

    /// Waits until the facts satisfy the condition.
    func wait(
        _ limit: TimeInterval = 60, _ condition: ([RelayFact]) -> Bool
    ) throws {
        let deadline = Date(timeIntervalSinceNow: limit)
        came.lock()
        defer { came.unlock() }
        while !condition(facts) {
            guard came.wait(until: deadline) else {
                if condition(facts) { return }
                throw DidNotCome(facts: facts)
            }
        }
    }
}

/// A relay between a ledger of its own and topics of its own.
final class RelayFixture {
    let database: ScratchDatabase
    let brokers: String
    let outputs: RelayOutputs
    let transactionalID: String
    private var sequence: Int64 = 0

    /// On a real broker, or on the mock, which keeps what a transaction that failed has written.
    init(on mock: MockKafka? = nil) throws {
        database = try ScratchPostgres.shared().database(template: "relay") { connection in
            try LedgerMigrations.apply(&connection)
            try connection.script(
                """
                insert into ledger.plan (id, revision, title_zh, title_en, zone, period_start, period_end,
                    division, place) values ('p', 1, '', '', 'UTC', '2023-01-01', '2023-12-31', 410300, '4103');
                insert into ledger.stream (name, kind, topic) values ('s', 'events', 'in');
                insert into ledger.topic_partition (stream, topic, partition) values ('s', 'in', 0);
                insert into ledger.position (topic_partition, generation, next_offset)
                    select id, 1, 0 from ledger.topic_partition;
                """)
        }
        brokers = try mock?.brokers ?? TestBroker.brokers()
        let suffix = "-\(UUID().uuidString.prefix(8))"
        outputs = Rows.outputs(suffix: suffix)
        transactionalID = "relay\(suffix)"
        if let mock {
            for output in outputs.all { try mock.createTopic(output.name, partitions: 1) }
        } else {
            try createTopics()
        }
    }

    private func createTopics() throws {
        let admin = try KafkaAdmin(settings: .admin(brokers: brokers))
        // The records are older than any retention.
        let orders = outputs.all.map {
            KafkaTopicOrder(name: $0.name, partitions: 1, settings: ["retention.ms": "-1"])
        }
        for case let failure? in try admin.create(orders, timeout: .seconds(60)).values {
            throw failure
        }
    }

    func configuration(owner: String = "one") -> RelayConfiguration {
        var settings = database.settings
        settings.applicationName = "relay"
        return RelayConfiguration(
            brokers: brokers, database: settings, outputs: outputs,
            transactionalID: transactionalID, owner: owner)
    }

    /// Adds changes to the log, as a judge would, and tells the relay.
    func decide(_ count: Int, targets: Int = 3) throws {
        var connection = try database.connect()
        let first = sequence + 1
        sequence += Int64(count)
        _ = try connection.transaction([
            PostgresStatement(
                """
                insert into ledger.status_change (plan, sequence, target, round, decided_at, data)
                select 'p', n, 't' || n % $3, 1, clock_timestamp(), '{"sequence":' || n || '}'
                from generate_series($1::int8, $2) as n
                """, [.int8(first), .int8(sequence), .int8(Int64(targets))]),
            PostgresStatement("select pg_notify('headway_changes', '')")
        ])
    }

    /// `time` is the record's, in seconds since 1970.
    func addDeadLetter(_ offset: Int64, generation: Int32 = 1, time: Int64 = 1_000) throws {
        var connection = try database.connect()
        _ = try connection.transaction([
            PostgresStatement(
                """
                insert into ledger.dead_letter (topic_partition, generation, record_offset, stage, reason,
                    message, key, value, header_names, header_values, record_time)
                select id, $1, $2, 'decode', 'bad_json', 'byte 3', '\\x01', '\\x0203',
                    array['\\x6f776e'::bytea], array['\\x09'::bytea], to_timestamp($3::int8)
                from ledger.topic_partition
                """, [.int4(generation), .int8(offset), .int8(time)]),
            PostgresStatement("select pg_notify('headway_changes', '')")
        ])
    }

    /// The sequence numbers that a reader of committed records sees, in order.
    func published() throws -> [Int64] {
        try read(outputs.changes.name).compactMap { record in
            record.headers["ce_sequence"].flatMap { Int64($0) }
        }
    }

    struct Published {
        var key: [UInt8]?
        var value: [UInt8]?
        var headers: [String: String]
        var timestamp: Int64
    }

    func read(_ topic: String) throws -> [Published] {
        var consumer = try KafkaConsumer(
            settings: try KafkaSettings.reader(brokers: brokers)
                .merging(["fetch.wait.max.ms": "10"]))
        try consumer.assign([TopicPartitionOffset(topic: topic, partition: 0, offset: 0)])
        var found: [Published] = []
        var ended = false
        let deadline = ContinuousClock.now + .seconds(30)
        while !ended, ContinuousClock.now < deadline {
            _ = consumer.poll(max: 1_000, timeout: .seconds(1)) { event in
                switch event {
                case .record(let record):
                    var headers: [String: String] = [:]
                    record.withHeaders { views in
                        for view in views {
                            headers[String(decoding: view.name, as: UTF8.self)] =
                                view.value.map { String(decoding: $0, as: UTF8.self) }
                        }
                    }
                    found.append(
                        Published(
                            key: record.key.map { Array($0) },
                            value: record.value.map { Array($0) },
                            headers: headers, timestamp: record.timestampMilliseconds))
                case .endOfPartition: ended = true
                case .failure: break
                }
            }
        }
        consumer.close(within: .seconds(5))
        return found
    }
}

/// A relay on a thread of its own.
final class RunningRelay: Sendable {
    let service: RelayService
    let observer = RecordingObserver()
    private let done = DispatchSemaphore(value: 0)

    init(_ configuration: RelayConfiguration) throws {
        service = try RelayService(configuration: configuration, observer: observer)
        Thread { [self] in
            service.run()
            done.signal()
        }.start()
    }

    struct DidNotEnd: Error {}

    /// Why it was halted at last, or nil.
    @discardableResult
    func end() throws -> String? {
        service.stop()
        guard done.wait(timeout: .now() + 60) == .success else { throw DidNotEnd() }
        return halts.last
    }

    /// The reasons that it told, each once.
    var halts: [String] {
        observer.facts.compactMap { if case .halted(let reason) = $0 { reason } else { nil } }
    }

    func waitForHalts(_ count: Int) throws {
        try observer.wait { facts in
            facts.count { if case .halted = $0 { true } else { false } } >= count
        }
    }

    /// Waits until so many changes are published in all, and the ledger knows it.
    func waitForMark(_ sequence: Int64) throws {
        try observer.wait { facts in
            let reached = facts.contains { fact in
                switch fact {
                case .published(_, _, _, let marks): marks[.changes(plan: "p")] == sequence
                default: false
                }
            }
            return reached && facts.last == .idle
        }
    }
}
