import LocalBroker
import Testing

/// What is written is what is read, and what is not right is refused.
@Suite struct RecordConformanceTests {
    private let moment: Int64 = 1_700_000_000_000

    private func samples() -> [TestRecord] {
        [
            TestRecord("value", key: "key", after: 5),
            TestRecord(nil, key: "tombstone", after: 3),
            TestRecord("", key: nil, after: 0),
            TestRecord(nil, key: nil, after: 1),
            TestRecord("流", key: "", after: 70_000),
            TestRecord(
                "with headers", key: "h",
                headers: [
                    .init(name: "a", value: Array("1".utf8)), .init(name: "a", value: nil),
                    .init(name: "", value: []), .init(name: "b", value: [0, 255, 128]),
                ]),
            TestRecord(String(repeating: "x", count: 70_000), key: "long"),
        ]
    }

    @Test(arguments: BrokerUnderTest.present)
    func recordsComeBackByteForByte(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        let batch = TestBatch(records: samples())
        for (turn, version) in API.produce.versions.enumerated() {
            let part = try client.produce(topic, batch, version: version)
            #expect(part.error == 0 && part.offset == .init(turn * 7) && part.appendTime == -1)
            if version >= 5 { #expect(part.logStart == 0) }
            if version >= 8 { #expect(part.recordErrors == [] && part.message == nil) }
        }
        for (turn, version) in API.fetch.versions.enumerated() {
            let offset = turn % 6 * 7
            let part = try client.fetch(topic, offset, version: version)
            #expect(part.error == 0 && part.highWatermark == 42 && part.lastStable == 42)
            let stored = try #require(try StoredBatch.all(part.records.data).first)
            #expect(stored.baseOffset == Int64(offset))
            #expect(stored.covered == Array(batch.bytes[21...]) && stored.crcIsRight)
            #expect(stored.leaderEpoch >= 0)
            #expect(stored.records.map(\.record) == samples())
            #expect(stored.records.map(\.offset) == (offset..<offset + 7).map(Int64.init))
        }
    }

    @Test(arguments: BrokerUnderTest.present, [1, 2, 4])
    func packedBatchesAreKeptAsTheyCame(broker: BrokerUnderTest, codec: Int) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        let batch = TestBatch(records: Array(samples().prefix(6))).with { $0.codec = codec }
        for base in [0, 6] {
            let part = try client.produce(topic, batch)
            #expect(part.error == 0 && part.offset == .init(base))
        }
        let stored = try client.batches(topic)
        #expect(stored.map(\.baseOffset) == [0, 6])
        #expect(stored.allSatisfy { $0.covered == Array(batch.bytes[21...]) && $0.crcIsRight })
    }

    @Test(arguments: BrokerUnderTest.present)
    func aTopicsOwnCompression(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic(configs: ["compression.type": "gzip"])
        let part = try client.produce(topic, TestBatch(["a", "b"]))
        #expect(part.error == 0)
        let stored = try #require(try client.batches(topic).first)
        #expect(stored.codec == Difference.compression.expected(broker, kafka: 1, local: 0))
        #expect(stored.crcIsRight && stored.count == 2)
    }

    @Test(arguments: BrokerUnderTest.present)
    func offsetsHaveNoGapsAndKeepTheOrder(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic(partitions: 2)
        var expected: [String] = []
        for turn in 0..<50 {
            let values = (0...turn % 4).map { "\(turn).\($0)" }
            try client.send(.produce, nil, client.produceBody(topic, TestBatch(values).bytes, 1))
            expected += values
        }
        var next: Int64 = 0
        for turn in 0..<50 {
            let part = try client.answer(.produce).topics[0].partitions[0]
            #expect(part.error == 0 && part.index == 1 && part.offset == .int(next))
            next += Int64(turn % 4 + 1)
        }
        let records = try client.batches(topic, partition: 1).flatMap(\.records)
        #expect(records.map(\.record.text) == expected)
        #expect(records.map(\.offset) == Array(0..<next))
        let untouched = try client.end(topic, 0)
        #expect(untouched == 0)
    }

    @Test(arguments: BrokerUnderTest.present)
    func theTimeOfAppendingReplacesThatOfCreation(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic(configs: ["message.timestamp.type": "LogAppendTime"])
        for codec in [0, 1] {
            let batch = TestBatch(["a", "b"]).with {
                ($0.codec, $0.timestamp) = (codec, moment)
            }
            let part = try client.produce(topic, batch)
            #expect(part.error == 0 && part.appendTime.int > moment + 1_000_000)
            let stored = try #require(try client.batches(topic).last)
            #expect(stored.attributes == Int64(8 | codec) && stored.crcIsRight)
            #expect(stored.maxTimestamp == part.appendTime.int)
            let found = try client.offset(topic, at: moment + 1)
            #expect(found.offset == 0 && found.timestamp.int > moment + 1_000_000)
        }
    }

    @Test(arguments: BrokerUnderTest.present)
    func acknowledgementsAreAsAskedFor(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        let bytes = TestBatch(["silent"]).bytes
        try client.send(.produce, nil, client.produceBody(topic, bytes, 0, 0))
        client.expectNoAnswer()
        // The next answer is the next request's own.
        let one = try client.produce(topic, TestBatch(["one"]), acks: 1)
        #expect(one.error == 0 && one.offset == 1)
        for acks in [2, -2] {
            let part = try client.produce(topic, TestBatch(["x"]), acks: acks)
            #expect(part.error == 21 && part.offset == -1)
        }
        let values = try client.values(topic)
        #expect(values == ["silent", "one"])
    }

    @Test(arguments: BrokerUnderTest.present)
    func anEmptyProduceIsAnswered(broker: BrokerUnderTest) throws {
        let answer = try Conversation(broker).ask(.produce, 3, ["topics": []])
        #expect(answer.topics == [])
    }

    @Test(arguments: BrokerUnderTest.present)
    func unknownPlacesAreRefused(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        for (name, partition) in [(Conversation.name("never"), 0), (topic, 1), (topic, -1)] {
            let part = try client.produce(name, TestBatch(["a"]), partition: partition)
            #expect(part.error == 3 && part.offset == -1 && part.appendTime == -1)
            #expect(part.logStart == -1)
            let read = try client.fetch(name, 0, partition: partition, limits: .init(wait: 9_000))
            #expect(read.error == 3 && read.highWatermark == -1)
        }
    }

    @Test(arguments: BrokerUnderTest.present)
    func damagedBatchesAreRefused(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        let good = TestBatch(["abc", "def"])
        var flipped = good.bytes
        flipped[flipped.count - 2] ^= 1
        var (long, short) = (good.bytes, good.bytes)
        long[11] += 1
        short[11] -= 1
        let cases: [(String, [UInt8], Set<Int64>)] = [
            ("a flipped bit", flipped, [2]),
            ("cut off", Array(good.bytes.dropLast()), [87]),
            ("a length too long", long, [87]),
            ("a length too short", short, [2]),
            ("half a header", Array(good.bytes.prefix(30)), [87]),
            ("nothing", [], [87]),
            ("two batches", good.bytes + good.bytes, [87]),
            ("magic 1", good.with { $0.magic = 1 }.bytes, [87]),
            ("magic 3", good.with { $0.magic = 3 }.bytes, [2]),
            ("more offsets than records", good.with { $0.lastDelta = 5 }.bytes, [87]),
            ("a count too high", good.with { $0.count = 3 }.bytes, [87]),
            ("a count too low", good.with { $0.count = 1 }.bytes, [87]),
            ("a control batch", good.with { $0.isControl = true }.bytes, [87]),
            // Kafka has no code of its own for this one.
            ("a codec that is none", good.with { $0.codec = 5 }.bytes, [-1, 2, 76, 87]),
            ("no records", TestBatch([]).bytes, [87]),
        ]
        for (what, bytes, codes) in cases {
            do {
                let part = try Conversation(broker).produce(topic, bytes: bytes)
                #expect(codes.contains(part.error.int), "\(what): \(part.error)")
                #expect(part.offset == -1, "\(what)")
            } catch {
                Issue.record("\(what): \(error)")
            }
        }
        if Difference.silence.expected(broker, kafka: false, local: true) {
            let part = try client.produce(topic, bytes: nil)
            #expect(part.error == 87)
        }
        let end = try client.end(topic)
        #expect(end == 0)
    }

    @Test(arguments: BrokerUnderTest.present)
    func batchesLargerThanTheTopicAllowsAreRefused(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic(configs: ["max.message.bytes": "1000"])
        func batch(_ size: Int) -> TestBatch {
            // 61 bytes of head and nine of the record around its value.
            TestBatch([String(repeating: "x", count: size - 70)])
        }
        #expect(batch(1_000).bytes.count == 1_000)
        let (fits, not) = (
            try client.produce(topic, batch(1_000)), try client.produce(topic, batch(1_001))
        )
        #expect(fits.error == 0 && not.error == 10 && not.offset == -1)
        // Lengths of a mebibyte take a byte more each.
        let roomy = try client.makeTopic()
        let usual = try client.produce(roomy, batch(1_048_586))
        let over = try client.produce(roomy, batch(1_048_587))
        #expect(usual.error == 0 && over.error == 10)
    }

    @Test(arguments: BrokerUnderTest.present)
    func onePartitionsFaultIsNotAnothers(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic(partitions: 2)
        var damaged = TestBatch(["a"]).bytes
        damaged[30] ^= 1
        let answer = try client.ask(
            .produce, nil,
            [
                "topics": [
                    [
                        "name": .text(topic),
                        "partitions": [
                            ["index": 0, "records": .bytes(damaged)],
                            ["index": 7, "records": .bytes(TestBatch(["b"]).bytes)],
                            ["index": 1, "records": .bytes(TestBatch(["c"]).bytes)],
                        ],
                    ]
                ]
            ])
        let parts = answer.topics.element("name", .text(topic)).partitions
        #expect(parts.element("index", 0).error == 2)
        #expect(parts.element("index", 7).error == 3)
        #expect(parts.element("index", 1).error == 0)
        let values = try client.values(topic, partition: 1)
        #expect(values == ["c"])
    }
}
