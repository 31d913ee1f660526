import LocalBroker
import Testing

/// Corners of producing, fetching and administration that real clients meet.
@Suite struct RulesConformanceTests {
    @Test(arguments: BrokerUnderTest.present)
    func connectionsShareAPartition(broker: BrokerUnderTest) throws {
        let clients = try (0..<3).map { _ in try Conversation(broker) }
        let topic = try clients[0].makeTopic()
        for turn in 0..<20 {
            for (number, client) in clients.enumerated() {
                let batch = TestBatch(["\(number) \(turn)a", "\(number) \(turn)b"])
                try client.send(.produce, nil, client.produceBody(topic, batch.bytes))
            }
        }
        var bases: [Int64] = []
        for client in clients {
            let own = try (0..<20).map { _ in
                let part = try client.answer(.produce).topics[0].partitions[0]
                #expect(part.error == 0)
                return part.offset.int
            }
            #expect(own == own.sorted())
            bases += own
        }
        #expect(bases.sorted() == (0..<60).map { $0 * 2 })
        let values = try clients[0].values(topic).compactMap { $0 }
        for number in 0..<3 {
            let expected = (0..<20).flatMap { ["\(number) \($0)a", "\(number) \($0)b"] }
            #expect(values.filter { $0.hasPrefix("\(number) ") } == expected)
        }
    }

    /// There is no answer to say it in.
    @Test(arguments: BrokerUnderTest.present)
    func afterAFaultWithoutAcknowledgementTheConnectionIsClosed(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let bytes = TestBatch(["a"]).bytes
        try client.send(
            .produce, nil, client.produceBody(Conversation.name("never"), bytes, 0, 0))
        let isClosed = try client.isClosed()
        #expect(isClosed)
    }

    @Test(arguments: BrokerUnderTest.present)
    func timesFarFromThePresentCanBeRefused(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let now = TestBatch.now
        let topic = try client.makeTopic(
            configs: [
                "message.timestamp.before.max.ms": "100000",
                "message.timestamp.after.max.ms": "200000",
            ])
        for (after, code) in [
            (-1_000_000, 32), (-50_000, 0), (100_000, 0), (1_000_000, 32),
        ] as [(Int64, Int64)] {
            let batch = TestBatch(["a"]).with { $0.timestamp = now + after }
            let part = try client.produce(topic, batch)
            #expect(part.error == .int(code), "\(after)")
        }
        // One record is enough.
        let mixed = TestBatch(records: [TestRecord("a"), TestRecord("b", after: 1_000_000)])
        let part = try client.produce(topic, mixed)
        #expect(part.error == 32)
    }

    @Test(arguments: BrokerUnderTest.present)
    func whoWaitsForADeletedTopicIsTold(broker: BrokerUnderTest) throws {
        let (reader, client) = (try Conversation(broker), try Conversation(broker))
        let topic = try client.makeTopic()
        let start = ContinuousClock.now
        try reader.send(.fetch, nil, reader.fetchBody(topic, 0, limits: .init(wait: 14_000)))
        let deleted = try client.ask(.deleteTopics, nil, ["names": [.text(topic)]])
        #expect(deleted.topics[0].error == 0)
        let part = try reader.answer(.fetch).topics[0].partitions[0]
        #expect([3, 6].contains(part.error) && ContinuousClock.now - start < .seconds(10))
    }

    @Test(arguments: BrokerUnderTest.present)
    func aFetchWaitsForAllItsPartitions(broker: BrokerUnderTest) throws {
        let (reader, client) = (try Conversation(broker), try Conversation(broker))
        let (topic, other) = (try client.makeTopic(partitions: 2), try client.makeTopic())
        let both: Value = [["index": 0, "offset": 0], ["index": 1, "offset": 0]]
        let body: Value = [
            "maxWait": 14_000, "minBytes": 1,
            "topics": [
                ["name": .text(topic), "partitions": both],
                ["name": .text(other), "partitions": [["index": 0, "offset": 0]]],
            ],
        ]
        for (name, partition) in [(topic, 1), (other, 0)] {
            let start = ContinuousClock.now
            try reader.send(.fetch, nil, body)
            if name == topic { try client.produce(name, TestBatch(["a"]), partition: partition) }
            let answer = try reader.answer(.fetch)
            #expect(ContinuousClock.now - start < .seconds(10))
            let parts = answer.topics.element("name", .text(topic)).partitions
            #expect(parts.element("index", 1).records.data.isEmpty == false)
            #expect(parts.element("index", 0).records.data.isEmpty)
        }
        // Where one part is in error there is no waiting.
        let start = ContinuousClock.now
        let mixed = try reader.ask(
            .fetch, nil,
            [
                "maxWait": 14_000, "minBytes": 1,
                "topics": [
                    ["name": .text(other), "partitions": [["index": 0, "offset": 0]]],
                    ["name": .text(topic), "partitions": [["index": 0, "offset": 9]]],
                ],
            ])
        #expect(ContinuousClock.now - start < .seconds(10))
        let wrong = mixed.topics.element("name", .text(topic)).partitions[0]
        #expect(wrong.error == 1)
    }

    @Test(arguments: BrokerUnderTest.present)
    func namesMayNotCollide(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let word = Conversation.name("word")
        try client.create("\(word).a")
        let answer = try client.ask(
            .createTopics, nil, ["topics": [["name": .text("\(word)_a")]]])
        #expect(answer.topics[0].error == 17)
    }

    @Test(arguments: BrokerUnderTest.present)
    func partitionsMayBeAssignedByHand(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        func create(_ name: String, _ assignments: Value, _ counts: Int = -1) throws -> Value {
            try client.ask(
                .createTopics, nil,
                [
                    "topics": [
                        [
                            "name": .text(name), "partitions": .init(counts),
                            "replication": .init(counts), "assignments": assignments,
                        ]
                    ]
                ]
            ).topics[0].error
        }
        let name = Conversation.name("hand")
        let two: Value = [["index": 0, "brokers": [1]], ["index": 1, "brokers": [1]]]
        let both = try create(name, two, 2)
        let stranger = try create(name, [["index": 0, "brokers": [7]]])
        let gap = try create(name, [["index": 1, "brokers": [1]]])
        #expect(both == 42 && stranger == 39 && gap == 39)
        let right = try create(name, two)
        #expect(right == 0)
        try client.awaitPartitions(name, 2)
        func grow(_ brokers: Value) throws -> Value {
            try client.ask(
                .createPartitions, nil,
                [
                    "topics": [
                        [
                            "name": .text(name), "count": 3,
                            "assignments": [["brokers": brokers]],
                        ]
                    ]
                ]
            ).results[0].error
        }
        let (wrong, good) = (try grow([5]), try grow([1]))
        #expect(wrong == 39 && good == 0)
        try client.awaitPartitions(name, 3)
    }

    @Test(arguments: BrokerUnderTest.present)
    func severalTopicsAtOnce(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let names = (0..<3).map { _ in Conversation.name("many") }
        let order: [Value] = names.map { ["name": .text($0)] } + [["name": "a/b"]]
        let made = try client.ask(.createTopics, nil, ["topics": .list(order)])
        for name in names {
            #expect(made.topics.element("name", .text(name)).error == 0)
            try client.awaitPartitions(name, 1)
        }
        #expect(made.topics.element("name", "a/b").error == 17)
        let gone = Conversation.name("never")
        let deleted = try client.ask(
            .deleteTopics, nil, ["names": .list((names + [gone]).map(Value.text))])
        for name in names { #expect(deleted.topics.element("name", .text(name)).error == 0) }
        #expect(deleted.topics.element("name", .text(gone)).error == 3)
    }

    @Test(arguments: BrokerUnderTest.present)
    func compactionAndRetentionTogether(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let now = TestBatch.now
        let topic = try client.makeTopic(
            configs: [
                "cleanup.policy": "compact,delete", "segment.ms": "50000",
                "retention.ms": "1000000", "min.cleanable.dirty.ratio": "0.01",
            ])
        func write(_ after: Int64, _ key: String, _ value: String) throws {
            let batch = TestBatch(records: [TestRecord(value, key: key)])
            try client.produce(topic, batch.with { $0.timestamp = now + after })
        }
        try write(-5_000_000, "old", "1")
        try write(-500_000, "a", "1")
        try waitUntil("the old one is gone") { try client.start(topic) == 1 }
        try write(-400_000, "a", "2")
        try write(-300_000, "b", "1")
        try write(0, "c", "1")
        try waitUntil("the superseded one is gone") {
            let left = try client.batches(topic, from: 1).flatMap(\.records)
            return left.map(\.offset) == [2, 3, 4]
        }
    }
}
