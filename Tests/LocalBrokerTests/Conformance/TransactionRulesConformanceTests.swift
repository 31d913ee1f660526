import LocalBroker
import Testing

/// What a transaction takes in, and what becomes of it beside deletion and compaction.
@Suite struct TransactionRulesConformanceTests {
    @Test(arguments: BrokerUnderTest.present)
    func aPartitionIsAddedForOneTransaction(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        var producer = try client.makeProducer(Conversation.name("id"))
        try client.write(&producer, topic, ["a"])
        for version in API.addPartitionsToTxn.versions {
            let again = try client.addPartitions(producer, [(topic, [0])], version: version)
            #expect(again.topics[0].partitions[0].error == 0)
        }
        try client.finish(producer, commit: true, topic)
        let part = try client.produce(
            topic, producer.batch(["b"]), transaction: producer.transaction)
        #expect(part.error == 48)
        let end = try client.end(topic)
        #expect(end == 2)
    }

    @Test(arguments: BrokerUnderTest.present)
    func plainBatchesDoNotMixIntoATransaction(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        var producer = try client.makeProducer(Conversation.name("id"))
        try client.write(&producer, topic, ["a"])
        let plain = producer.batch(["b"]).with { $0.isTransactional = false }
        let part = try client.produce(topic, plain)
        #expect(part.error == 48)
        let end = try client.end(topic)
        #expect(end == 1)
    }

    @Test(arguments: BrokerUnderTest.present)
    func aRepeatedBatchOfATransactionIsStoredOnce(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        var producer = try client.makeProducer(Conversation.name("id"))
        try client.write(&producer, topic, ["a"])
        let batch = producer.batch(["b"])
        for _ in 0..<3 {
            let part = try client.produce(topic, batch, transaction: producer.transaction)
            #expect(part.error == 0 && part.offset == 1)
        }
        let gap = producer.batch(["c"]).with { $0.sequence += 1 }
        let refused = try client.produce(topic, gap, transaction: producer.transaction)
        #expect(refused.error == 45)
        try client.finish(producer, commit: true, topic)
        let values = try client.committedValues(topic)
        #expect(values == ["a", "b"])
    }

    @Test(arguments: BrokerUnderTest.present)
    func aZombiesOffsetsAreRefused(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let (topic, group) = (try client.makeTopic(), Conversation.name("group"))
        let id = Conversation.name("id")
        let old = try client.makeProducer(id)
        let added = try client.askAgain(
            .addOffsetsToTxn, nil, old.saying(["group": .text(group)]))
        #expect(added.error == 0)
        func commit(_ producer: TestProducer, _ topic: String, version: Int16) throws -> Value {
            let places = client.place(topic, ["index": 0, "offset": 5, "metadata": ""])
            return try client.askAgain(
                .txnOffsetCommit, version,
                producer.saying(["group": .text(group), "topics": places])
            ).topics[0].partitions[0].error
        }
        let unknown = try commit(old, Conversation.name("never"), version: 2)
        #expect(unknown == 3)
        let new = try client.makeProducer(id)
        for version in API.txnOffsetCommit.versions {
            // Not added to a transaction of the successor's either.
            let (zombie, early) = (
                try commit(old, topic, version: version), try commit(new, topic, version: version)
            )
            #expect(zombie == 47 && early == 48, "\(version)")
        }
        let committed = try client.committed(group, topic).offset
        #expect(committed == -1)
    }

    @Test(arguments: BrokerUnderTest.present)
    func timesOfOpenTransactionsAreNotFound(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        let now = TestBatch.now
        try client.produce(topic, TestBatch(["a"]).with { $0.timestamp = now - 5_000 })
        var producer = try client.makeProducer(Conversation.name("id"))
        _ = try client.addPartitions(producer, [(topic, [0])])
        let part = try client.produce(
            topic, producer.batch(["open"]).with { $0.timestamp = now },
            transaction: producer.transaction)
        #expect(part.error == 0)
        let (all, committed) = (
            try client.offset(topic, at: now), try client.offset(topic, at: now, committed: true)
        )
        #expect(all.offset == 1 && committed.error == 0 && committed.offset == -1)
        try client.finish(producer, commit: true, topic)
        let after = try client.offset(topic, at: now, committed: true)
        #expect(after.offset == 1)
    }

    @Test(arguments: BrokerUnderTest.present)
    func aDeletedTopicDoesNotHoldATransaction(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let (kept, gone) = (try client.makeTopic(), try client.makeTopic())
        var producer = try client.makeProducer(Conversation.name("id"))
        try client.write(&producer, kept, ["kept"])
        producer.sequence = 0
        try client.write(&producer, gone, ["gone"])
        let deleted = try client.ask(.deleteTopics, nil, ["names": [.text(gone)]])
        #expect(deleted.topics[0].error == 0)
        try client.finish(producer, commit: true, kept)
        let values = try client.committedValues(kept)
        #expect(values == ["kept"])
        producer.sequence = 1
        try client.write(&producer, kept, ["next"])
        try client.finish(producer, commit: true, kept)
        let after = try client.committedValues(kept)
        #expect(after == ["kept", "next"])
    }

    @Test(arguments: BrokerUnderTest.present)
    func compactionDropsTheAborted(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic(
            configs: [
                "cleanup.policy": "compact", "segment.ms": "50000",
                "min.cleanable.dirty.ratio": "0.01",
            ])
        var producer = try client.makeProducer(Conversation.name("id"))
        let start = TestBatch.now - 2_000_000
        for (turn, commit) in [true, false, true, false].enumerated() {
            _ = try client.addPartitions(producer, [(topic, [0])])
            let batch = producer.batch(["\(turn)"]).with {
                $0.records[0].key = Array((turn == 3 ? "other" : "key").utf8)
                $0.timestamp = start + Int64(turn)
            }
            let part = try client.produce(topic, batch, transaction: producer.transaction)
            #expect(part.error == 0)
            try client.finish(producer, commit: commit, topic)
        }
        // Markers are of today, so what begins a new segment is of tomorrow.
        try client.produce(
            topic,
            TestBatch(records: [TestRecord("active", key: "active")]).with {
                $0.timestamp += 200_000
            })
        try waitUntil("what is superseded or aborted is gone") {
            let left = try client.batches(topic).filter { !$0.isControl }.flatMap(\.records)
            return left.map(\.offset) == [4, 8]
        }
        let values = try client.committedValues(topic)
        #expect(values == ["2", "active"])
    }
}
