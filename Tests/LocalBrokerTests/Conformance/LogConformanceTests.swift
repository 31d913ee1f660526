import LocalBroker
import Testing

/// Offsets for times, records deleted on request, by retention and by compaction.
@Suite struct LogConformanceTests {
    private let moment: Int64 = 1_700_000_000_000

    @Test(arguments: BrokerUnderTest.present, [0, 1, 4])
    func offsetsAreFoundByTime(broker: BrokerUnderTest, codec: Int) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        let empty = [
            try client.offset(topic, at: -1), try client.offset(topic, at: -2),
            try client.offset(topic, at: moment),
        ]
        #expect(empty.map(\.error) == [0, 0, 0] && empty.map(\.offset) == [0, 0, -1])
        #expect(empty.map(\.timestamp) == [-1, -1, -1])
        for turn in 0..<2 {
            let records = (0..<5).map { TestRecord("\($0)", after: Int64($0) * 1_000) }
            let start = moment + Int64(turn) * 10_000
            let batch = TestBatch(records: records).with {
                ($0.codec, $0.timestamp) = (codec, start)
            }
            try client.produce(topic, batch)
        }
        // Asked for (milliseconds after the first record), then offset and time of the answer.
        let cases: [(Int64, Int64, Int64)] = [
            (-5, 0, 0), (0, 0, 0), (1, 1, 1_000), (2_000, 2, 2_000), (3_999, 4, 4_000),
            (4_001, 5, 10_000), (10_001, 6, 11_000), (14_000, 9, 14_000),
        ]
        for version in API.listOffsets.versions {
            for (after, offset, time) in cases {
                let found = try client.offset(topic, at: moment + after, version: version)
                #expect(found.error == 0 && found.offset == .int(offset), "\(after)")
                #expect(found.timestamp == .int(moment + time), "\(after)")
                if version >= 4 { #expect(found.leaderEpoch.int >= 0) }
            }
            let late = try client.offset(topic, at: moment + 14_001, version: version)
            #expect(late.error == 0 && late.offset == -1 && late.timestamp == -1)
            let marks = [
                try client.offset(topic, at: -1, version: version),
                try client.offset(topic, at: -2, version: version),
            ]
            #expect(marks.map(\.offset) == [10, 0] && marks.map(\.timestamp) == [-1, -1])
        }
        let never = try client.offset(Conversation.name("never"), at: -1)
        #expect(never.error == 3 && never.offset == -1)
    }

    @Test(arguments: BrokerUnderTest.present)
    func recordsAreDeletedOnRequest(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        for turn in 0..<5 { try client.produce(topic, TestBatch(["\(turn)a", "\(turn)b"])) }
        func delete(_ topic: String, _ offset: Int, _ version: Int16? = nil) throws -> Value {
            try client.ask(
                .deleteRecords, version,
                ["topics": client.place(topic, ["index": 0, "offset": .init(offset)])]
            ).topics[0].partitions[0]
        }
        for (version, offset) in zip(API.deleteRecords.versions, [1, 5]) {
            let done = try delete(topic, offset, version)
            #expect(done.error == 0 && done.lowWatermark == .init(offset))
            let start = try client.start(topic)
            let (below, at) = (
                try client.fetch(topic, offset - 1), try client.fetch(topic, offset)
            )
            #expect(start == Int64(offset) && below.error == 1)
            #expect(at.error == 0 && at.logStart == .init(offset))
        }
        let values = try client.values(topic, from: 5)
        #expect(values == ["2b", "3a", "3b", "4a", "4b"])
        let lower = try delete(topic, 3)
        #expect(lower.error == 0 && lower.lowWatermark == 5)
        let beyond = try delete(topic, 11)
        #expect(beyond.error == 1 && beyond.lowWatermark == -1)
        let never = try delete(Conversation.name("never"), 1)
        #expect(never.error == 3)
        let all = try delete(topic, -1)
        #expect(all.error == 0 && all.lowWatermark == 10)
        let part = try client.produce(topic, TestBatch(["next"]))
        #expect(part.error == 0 && part.offset == 10 && part.logStart == 10)
    }

    @Test(arguments: BrokerUnderTest.present)
    func leaderEpochsHaveEnds(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        try client.produce(topic, TestBatch(["a", "b", "c"]))
        let epoch = try client.offset(topic, at: -1).leaderEpoch.int
        for version in API.offsetForLeaderEpoch.versions {
            func ask(_ topic: String, _ epoch: Int64, current: Int64 = -1) throws -> Value {
                try client.ask(
                    .offsetForLeaderEpoch, version,
                    [
                        "topics": client.place(
                            topic,
                            [
                                "index": 0, "epoch": .int(epoch), "currentEpoch": .int(current),
                            ])
                    ]
                ).topics[0].partitions[0]
            }
            let present = try ask(topic, epoch, current: epoch)
            #expect(present.error == 0 && present.epoch == .int(epoch) && present.offset == 3)
            let future = try ask(topic, epoch + 5)
            #expect(future.error == 0 && future.epoch == -1 && future.offset == -1)
            let unknown = try ask(topic, epoch, current: epoch + 1)
            let never = try ask(Conversation.name("never"), 0)
            #expect(unknown.error == 75 && never.error == 3)
        }
    }

    /// Times that jump by more than segment.ms begin a new segment.
    private func segments(
        _ client: Conversation, _ topic: String, _ batches: [TestBatch], from start: Int64
    ) throws {
        for (turn, batch) in batches.enumerated() {
            try client.produce(
                topic, batch.with { $0.timestamp = start + Int64(turn) * 100_000 })
        }
    }

    @Test(arguments: BrokerUnderTest.present)
    func retentionByBytes(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let one = TestBatch([String(repeating: "x", count: 930)])
        func filled(_ limit: Int) throws -> String {
            let topic = try client.makeTopic(
                configs: ["segment.ms": "50000", "retention.bytes": "\(limit)"])
            try segments(
                client, topic, Array(repeating: one, count: 5), from: TestBatch.now - 500_000)
            return topic
        }
        // As many whole segments go as leave no less than the limit.
        let (topic, roomy) = (
            try filled(one.bytes.count * 2), try filled(one.bytes.count * 2 + 1)
        )
        try waitUntil("old segments are gone") {
            try client.start(topic) == 3 && client.start(roomy) == 2
        }
        let (below, kept) = (try client.fetch(topic, 2), try client.values(topic, from: 3))
        #expect(below.error == 1 && kept.count == 2)
        let part = try client.produce(topic, one)
        #expect(part.error == 0 && part.offset == 5)
    }

    @Test(arguments: BrokerUnderTest.present)
    func retentionByTime(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let now = TestBatch.now
        let topic = try client.makeTopic(
            configs: ["segment.ms": "50000", "retention.ms": "1000000"])
        try segments(
            client, topic, (0..<3).map { TestBatch(["old \($0)"]) }, from: now - 5_000_000)
        try segments(client, topic, (0..<2).map { TestBatch(["new \($0)"]) }, from: now - 200_000)
        try waitUntil("old segments are gone") { try client.start(topic) == 3 }
        let values = try client.values(topic, from: 3)
        #expect(values == ["new 0", "new 1"])
        // The last segment goes too, and offsets go on.
        let old = try client.makeTopic(configs: ["retention.ms": "1000"])
        try client.produce(
            old, TestBatch(["a", "b"]).with { $0.timestamp = now - 1_000_000 })
        try waitUntil("everything is gone") { try client.start(old) == 2 }
        let part = try client.produce(old, TestBatch(["c"]))
        #expect(part.error == 0 && part.offset == 2)
    }

    @Test(arguments: BrokerUnderTest.present)
    func compactionKeepsTheLastOfEachKey(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic(
            configs: [
                "cleanup.policy": "compact", "segment.ms": "50000",
                "min.cleanable.dirty.ratio": "0.01", "delete.retention.ms": "0",
            ])
        func batch(_ pairs: [(String, String?)], codec: Int = 0) -> TestBatch {
            TestBatch(records: pairs.map { TestRecord($1, key: $0) }).with { $0.codec = codec }
        }
        let start = TestBatch.now - 5_000_000
        try segments(
            client, topic,
            [
                batch([("a", "1"), ("b", "1"), ("c", "1")]),  // 0, 1, 2
                batch([("a", "2"), ("d", "1")], codec: 1),  // 3, 4
                batch([("c", nil), ("e", "1")]),  // 5, 6
                batch([("b", "2")]),  // 7
                batch([("f", "1")]),  // 8: the active segment is left alone
            ], from: start)
        func left() throws -> [Int64: String?] {
            var left: [Int64: String?] = [:]
            for (offset, record) in try client.batches(topic).flatMap(\.records) {
                left.updateValue(record.text, forKey: offset)
            }
            return left
        }
        try waitUntil("old values are gone") {
            let left = try left()
            return [0, 1, 2].allSatisfy { left[$0] == nil } && left[7] == "2"
        }
        let first = try left()
        #expect(first[6] == "1" && first[8] == "1")
        let (from, end) = (try client.start(topic), try client.end(topic))
        #expect(from == 0 && end == 9)
        // An offset that is gone brings what follows; packed batches stay packed.
        let next = try StoredBatch.all(try client.fetch(topic, 0).records.data)
        #expect(next[0].lastOffset == 4 && next[0].codec == 1)
        #expect(next.allSatisfy { $0.crcIsRight } == true)
        // The tombstone goes with a later pass.
        var turn: Int64 = 10
        try waitUntil("the tombstone is gone") {
            try segments(
                client, topic, [batch([("g", "\(turn)")])], from: start + turn * 100_000)
            turn += 1
            return try left()[5] == nil
        }
        let after = try left()
        #expect(after[6] == "1")
    }

    @Test(arguments: BrokerUnderTest.present)
    func compactionOfPackedBatches(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic(
            configs: [
                "cleanup.policy": "compact", "segment.ms": "50000",
                "min.cleanable.dirty.ratio": "0.01",
            ])
        let packed = TestBatch(records: ["a", "b", "c"].map { TestRecord("1", key: $0) })
            .with { $0.codec = 1 }
        let last = TestBatch(records: [TestRecord("2", key: "b")])
        try segments(client, topic, [packed, last, last], from: TestBatch.now - 500_000)
        // Two of its three records are left, and shorter.
        try waitUntil("the batch is rewritten") { try client.batches(topic)[0].count == 2 }
        let batch = try client.batches(topic)[0]
        #expect(batch.baseOffset == 0 && batch.lastOffset == 2 && batch.crcIsRight)
        #expect(batch.codec == Difference.compactedCodec.expected(broker, kafka: 1, local: 0))
        if batch.codec == 0 { #expect(batch.records.map(\.offset) == [0, 2]) }
    }

    @Test(arguments: BrokerUnderTest.present)
    func compactedTopicsWantKeys(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic(configs: ["cleanup.policy": "compact"])
        let part = try client.produce(topic, TestBatch(["no key"]))
        #expect(part.error == 87 && part.offset == -1)
    }
}
