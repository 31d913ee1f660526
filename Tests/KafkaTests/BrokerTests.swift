import Foundation
import HeadwayTesting
import Kafka
import Testing

/// What only a broker with the whole protocol can show: isolation, fencing, administration.
@Suite struct BrokerTests {
    private func name(_ word: String) -> String { "\(word)-\(UUID().uuidString.prefix(8))" }

    private func makeTopic(
        _ word: String, partitions: Int = 1, settings: [String: String] = [:]
    ) throws -> (brokers: String, topic: String) {
        let brokers = try TestBroker.brokers()
        let admin = try KafkaAdmin(settings: .admin(brokers: brokers))
        let topic = name(word)
        let order = KafkaTopicOrder(name: topic, partitions: partitions, settings: settings)
        let outcome = try admin.create([order], timeout: .seconds(60))
        #expect(outcome == [topic: nil])
        return (brokers, topic)
    }

    private func write(
        _ producer: inout KafkaProducer, _ topic: String, _ values: [String], at: Int64? = nil
    ) throws {
        for value in values {
            try producer.produce(
                topic: topic, partition: 0, key: nil, value: Array(value.utf8),
                timestampMilliseconds: at)
        }
    }

    private func values(_ brokers: String, _ topic: String) throws -> [String] {
        try readAll(brokers, [.init(topic: topic, partition: 0, offset: 0)])
            .map { String(decoding: $0.value ?? [], as: UTF8.self) }
    }

    @Test func onlyCommittedTransactionsAreRead() throws {
        let (brokers, topic) = try makeTopic("transactions")
        var producer = try KafkaProducer(
            settings: .transactional(brokers: brokers, id: name("id")))
        try producer.initTransactions(timeout: .seconds(30))
        for (values, commits) in [(["a", "b"], true), (["x"], false), (["c"], true)] {
            try producer.begin()
            try write(&producer, topic, values)
            if commits {
                try producer.commit(timeout: .seconds(30))
            } else {
                try producer.flush(timeout: .seconds(30))
                try producer.abort(timeout: .seconds(30))
            }
        }
        #expect(try values(brokers, topic) == ["a", "b", "c"])

        // An open transaction holds the committed end back.
        try producer.begin()
        try write(&producer, topic, ["open"])
        try producer.flush(timeout: .seconds(30))
        let place = TopicPartition(topic: topic, partition: 0)
        let admin = try KafkaAdmin(settings: .admin(brokers: brokers))
        // a, b, commit, x, abort, c, commit: the end is 7; then one open record.
        let committed = try admin.watermarks([place], timeout: .seconds(10))
        let all = try admin.watermarks([place], isolation: .uncommitted, timeout: .seconds(10))
        #expect(committed == [place: Watermarks(low: 0, high: 7)])
        #expect(all == [place: Watermarks(low: 0, high: 8)])
        try producer.abort(timeout: .seconds(30))
    }

    @Test func aSuccessorFences() throws {
        let (brokers, topic) = try makeTopic("fencing")
        let settings = KafkaSettings.transactional(brokers: brokers, id: name("id"))
        var old = try KafkaProducer(settings: settings)
        try old.initTransactions(timeout: .seconds(30))
        try old.begin()
        try write(&old, topic, ["zombie"])
        try old.flush(timeout: .seconds(30))
        var new = try KafkaProducer(settings: settings)
        try new.initTransactions(timeout: .seconds(30))
        try new.begin()
        try write(&new, topic, ["successor"])
        try new.commit(timeout: .seconds(30))
        var failure: KafkaFailure?
        do {
            try old.commit(timeout: .seconds(30))
        } catch {
            failure = error
        }
        #expect(failure?.disposition == .fenced, "\(String(describing: failure))")
        #expect(try values(brokers, topic) == ["successor"])
    }

    @Test func topicsAreCreatedDescribedAlteredAndGrown() throws {
        let (brokers, topic) = try makeTopic(
            "admin", partitions: 2,
            settings: ["cleanup.policy": "compact", "retention.ms": "-1"])
        let admin = try KafkaAdmin(settings: .admin(brokers: brokers))
        var found = try admin.describe(topic, timeout: .seconds(10))
        #expect(found?.partitions == 2)
        #expect(found?.settings["cleanup.policy"] == "compact")
        #expect(found?.overridden == ["cleanup.policy", "retention.ms"])

        try admin.alter(
            topic, settings: ["retention.ms": "60000", "segment.ms": "1000000"],
            timeout: .seconds(10))
        found = try admin.describe(topic, timeout: .seconds(10))
        #expect(found?.settings["retention.ms"] == "60000")
        #expect(found?.settings["cleanup.policy"] == "compact")
        #expect(found?.overridden == ["cleanup.policy", "retention.ms", "segment.ms"])

        try admin.grow(topic, to: 5, timeout: .seconds(10))
        let grown = try admin.partitions(of: topic, timeout: .seconds(10))
        let listed = try admin.topics(timeout: .seconds(10))
        #expect(grown == 5 && listed[topic] == 5)

        let again = try admin.create(
            [KafkaTopicOrder(name: topic, partitions: 1)], timeout: .seconds(10))
        #expect(again[topic].flatMap { $0 }?.code == "TOPIC_ALREADY_EXISTS")
        var refused: KafkaFailure?
        do {
            try admin.alter(topic, settings: ["cleanup.policy": "shred"], timeout: .seconds(10))
        } catch {
            refused = error
        }
        #expect(refused?.disposition == .stop, "\(String(describing: refused))")
        let deleted = try admin.delete([topic], timeout: .seconds(10))
        let never = try admin.describe(name("never"), timeout: .seconds(10))
        #expect(deleted == [topic: nil] && never == nil)
    }

    @Test func offsetsForTimesAndDeletedRecords() throws {
        let (brokers, topic) = try makeTopic("times")
        var producer = try KafkaProducer(settings: .producer(brokers: brokers))
        for second in 0..<10 {
            try write(
                &producer, topic, ["\(second)"], at: 1_700_000_000_000 + Int64(second) * 1_000)
        }
        try producer.flush(timeout: .seconds(30))
        let admin = try KafkaAdmin(settings: .admin(brokers: brokers))
        let place = TopicPartition(topic: topic, partition: 0)
        let within = try admin.offsets(
            forTimes: [place: 1_700_000_004_500], timeout: .seconds(10))
        let after = try admin.offsets(
            forTimes: [place: 1_800_000_000_000], timeout: .seconds(10))
        #expect(within == [place: 5])
        #expect(after.values.allSatisfy { $0 < 0 || $0 == 10 })
        try admin.deleteRecords(before: [.init(place, offset: 4)], timeout: .seconds(10))
        let marks = try admin.watermarks([place], timeout: .seconds(10))
        #expect(marks == [place: Watermarks(low: 4, high: 10)])
    }

    /// A reader that is a little slower than its fetcher, so that the queues fill up again and again:
    /// each time the fetcher of librdkafka before 2.2 sleeps for up to a second unless it is nudged.
    @Test func aBacklogIsReadWithoutStalls() throws {
        let (brokers, topic) = try makeTopic("backlog")
        var producer = try KafkaProducer(
            settings: try KafkaSettings.producer(brokers: brokers)
                .merging(["compression.type": "none", "queue.buffering.max.kbytes": "131072"]))
        let payload = [UInt8](repeating: 65, count: 1_000)
        for number in 0..<80_000 {
            try producer.produce(
                topic: topic, partition: 0, key: nil, value: payload, token: number)
            if number % 10_000 == 0 { try producer.flush(timeout: .seconds(60)) }
        }
        try producer.flush(timeout: .seconds(60))
        let settings = try KafkaSettings.reader(brokers: brokers)
            .merging(["queued.max.messages.kbytes": "4096", "queued.min.messages": "1000"])
        var consumer = try KafkaConsumer(settings: settings)
        try consumer.assign([.init(topic: topic, partition: 0, offset: 0)])
        let start = ContinuousClock.now
        var count: Int64 = 0
        var sum = 0
        var ended = false
        while !ended, ContinuousClock.now - start < .seconds(60) {
            _ = consumer.poll(max: 5_000, timeout: .seconds(1)) { event in
                switch event {
                case .record(let record):
                    count += 1
                    if let value = record.value { for byte in value.prefix(200) { sum &+= Int(byte) } }
                case .endOfPartition(_, let offset): ended = offset == 80_000
                case .failure(_, let failure): Issue.record("\(failure)")
                }
            }
        }
        #expect(count == 80_000 && sum == 80_000 * 200 * 65)
        #expect(ContinuousClock.now - start < .seconds(10))
        print("80 MB with 4 MB queues: \(ContinuousClock.now - start)")
        consumer.close(within: .seconds(5))
    }
}
