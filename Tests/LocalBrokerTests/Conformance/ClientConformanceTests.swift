import HeadwayTesting
import Kafka
import Testing

/// A real client (librdkafka) does its work, and what it stored is looked at byte for byte.
@Suite struct ClientConformanceTests {
    private struct Seen: Equatable {
        var partition: Int32
        var offset: Int64
        var text: String?
    }

    /// Polls until the condition holds.
    private func read(
        _ consumer: inout KafkaConsumer, into seen: inout [Seen], atEnd: (Int64) -> Void = { _ in }
    ) {
        var found: [Seen] = []
        _ = consumer.poll(max: 1_000, timeout: .milliseconds(100)) { event in
            switch event {
            case .record(let record):
                let text = record.value.map { String(decoding: $0, as: UTF8.self) }
                found.append(
                    Seen(partition: record.partition, offset: record.offset, text: text))
            case .endOfPartition(_, let offset): atEnd(offset)
            case .failure(_, let failure):
                if failure.disposition != .retry { Issue.record("\(failure)") }
            }
        }
        seen += found
    }

    private func readAll(
        _ broker: BrokerUnderTest, _ topic: String, from start: Int64 = 0
    ) throws -> [Seen] {
        var consumer = try KafkaConsumer(
            settings: .reader(brokers: try broker.bootstrap()))
        try consumer.assign([.init(topic: topic, partition: 0, offset: start)])
        var (seen, ended) = ([Seen](), false)
        try waitUntil("\(topic) is read") {
            read(&consumer, into: &seen) { _ in ended = true }
            return ended
        }
        consumer.close(within: .seconds(5))
        return seen
    }

    @Test(arguments: BrokerUnderTest.present, ["none", "gzip", "snappy", "lz4", "zstd"])
    func everyCodec(broker: BrokerUnderTest, codec: String) throws {
        let client = try Conversation(broker)
        let (topic, copy) = (try client.makeTopic(), try client.makeTopic())
        var producer = try KafkaProducer(
            settings: try KafkaSettings.producer(brokers: try broker.bootstrap())
                .merging(["compression.codec": codec, "linger.ms": "50"]))
        let values = (0..<300).map { "value \($0) " + String(repeating: "x", count: 100) }
        let start = TestBatch.now - 1_000_000
        for (number, value) in values.enumerated() {
            try producer.produce(
                topic: topic, partition: 0, key: Array("k\(number)".utf8),
                value: Array(value.utf8), headers: [KafkaHeader("number", "\(number)")],
                timestampMilliseconds: start + Int64(number))
        }
        try producer.flush(timeout: .seconds(20))
        let stored = try client.batches(topic)
        let number = ["none", "gzip", "snappy", "lz4", "zstd"].firstIndex(of: codec) ?? -1
        #expect(stored.allSatisfy { $0.codec == Int64(number) && $0.crcIsRight })
        let seen = try readAll(broker, topic, from: 10)
        #expect(seen.map(\.text) == Array(values.dropFirst(10)))
        #expect(seen.map(\.offset) == Array(10..<300))
        let found = try client.offset(topic, at: start + 123)
        #expect(found.offset == 123 && found.timestamp == .int(start + 123))
        // The bytes as another client packed them are taken again.
        let bytes = try client.fetch(topic, 0).records.data
        var head = ByteReader(bytes, at: 8)
        let one = Array(bytes.prefix(Int(try head.big(4)) + 12))
        let part = try client.produce(copy, bytes: one)
        let copied = try #require(try client.batches(copy).first)
        #expect(part.error == 0 && copied.covered == stored[0].covered)
    }

    @Test(arguments: BrokerUnderTest.present)
    func transactionsOfAClient(broker: BrokerUnderTest) throws {
        let topic = try Conversation(broker).makeTopic()
        let settings = KafkaSettings.transactional(
            brokers: try broker.bootstrap(), id: Conversation.name("id"))
        var producer = try KafkaProducer(settings: settings)
        try producer.initTransactions(timeout: .seconds(20))
        for turn in 0..<6 {
            try producer.begin()
            for part in ["a", "b"] {
                try producer.produce(
                    topic: topic, partition: 0, key: nil, value: Array("\(turn)\(part)".utf8))
            }
            if turn % 3 == 1 {
                try producer.flush(timeout: .seconds(20))
                try producer.abort(timeout: .seconds(20))
            } else {
                try producer.commit(timeout: .seconds(20))
            }
        }
        let seen = try readAll(broker, topic)
        #expect(seen.compactMap(\.text) == ["0a", "0b", "2a", "2b", "3a", "3b", "5a", "5b"])
        #expect(seen.map(\.offset) == [0, 1, 6, 7, 9, 10, 15, 16])
        // A successor fences it.
        var successor = try KafkaProducer(settings: settings)
        try successor.initTransactions(timeout: .seconds(20))
        var failure: KafkaFailure?
        do {
            try producer.begin()
            try producer.produce(topic: topic, partition: 0, key: nil, value: [90])
            try producer.commit(timeout: .seconds(20))
        } catch {
            failure = error
        }
        #expect(failure?.disposition == .fenced, "\(String(describing: failure))")
    }

    @Test(arguments: BrokerUnderTest.present)
    func aGroupSharesPartitions(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let (topic, group) = (try client.makeTopic(partitions: 4), Conversation.name("group"))
        for partition in 0..<4 {
            try client.produce(topic, TestBatch(["\(partition)"]), partition: partition)
        }
        let settings = KafkaSettings.consumer(brokers: try broker.bootstrap(), group: group)
        final class Given {
            var partitions: Set<Int32> = []
            var events: [RebalanceEvent] = []
        }
        func member(_ given: Given) throws -> KafkaConsumer {
            var consumer = try KafkaConsumer(
                settings: try settings.merging(["heartbeat.interval.ms": "200"]))
            try consumer.subscribe([topic]) { event in
                given.events.append(event)
                guard case .assigned(let partitions) = event else {
                    given.partitions = []
                    return .done
                }
                given.partitions = Set(partitions.map(\.partition))
                return .assign(partitions.map { TopicPartitionOffset($0, offset: 0) })
            }
            return consumer
        }
        let (first, second) = (Given(), Given())
        var one = try member(first)
        var seen: [Seen] = []
        try waitUntil("one member has all") {
            read(&one, into: &seen)
            return first.partitions == [0, 1, 2, 3] && Set(seen.map(\.partition)).count == 4
        }
        #expect(Set(seen.compactMap(\.text)) == ["0", "1", "2", "3"])
        var two = try member(second)
        try waitUntil("both have half") {
            read(&one, into: &seen)
            read(&two, into: &seen)
            return first.partitions.count == 2 && second.partitions.count == 2
        }
        #expect(first.partitions.union(second.partitions) == [0, 1, 2, 3])
        one.close(within: .seconds(5))
        try waitUntil("the other has all") {
            read(&two, into: &seen)
            return second.partitions == [0, 1, 2, 3]
        }
        two.commitTelemetry([.init(topic: topic, partition: 2, offset: 1)])
        try waitUntil("the offset is committed") {
            read(&two, into: &seen)
            return try client.committed(group, topic, partition: 2).offset == 1
        }
        two.close(within: .seconds(5))
        try waitUntil("the group is empty") { try client.describe(group).state == "Empty" }
    }

    @Test(arguments: BrokerUnderTest.present)
    func administration(broker: BrokerUnderTest) throws {
        var admin = try KafkaAdmin(settings: .admin(brokers: try broker.bootstrap()))
        let topic = Conversation.name("admin")
        let order = KafkaTopicOrder(
            name: topic, partitions: 2, settings: ["cleanup.policy": "compact"])
        let made = try admin.create([order], timeout: .seconds(20))
        #expect(made == [topic: nil])
        var found: KafkaTopicDescription?
        try waitUntil("the topic is there") {
            found = try admin.describe(topic, timeout: .seconds(20))
            return found != nil
        }
        #expect(found?.partitions == 2 && found?.overridden == ["cleanup.policy"])
        try admin.alter(topic, settings: ["retention.ms": "60000"], timeout: .seconds(20))
        try waitUntil("it is altered") {
            try admin.describe(topic, timeout: .seconds(20))?.overridden
                == ["cleanup.policy", "retention.ms"]
        }
        try admin.grow(topic, to: 3, timeout: .seconds(20))
        try waitUntil("it has grown") {
            try admin.partitions(of: topic, timeout: .seconds(20)) == 3
        }
        let place = TopicPartition(topic: topic, partition: 2)
        let marks = try admin.watermarks([place], timeout: .seconds(20))
        #expect(marks == [place: Watermarks(low: 0, high: 0)])
        let deleted = try admin.delete([topic], timeout: .seconds(20))
        #expect(deleted == [topic: nil])
        admin.close(within: .seconds(5))
    }
}
