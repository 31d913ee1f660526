import LocalBroker
import Testing

/// What readers see of transactions.
@Suite struct TransactionConformanceTests {
    @Test(arguments: BrokerUnderTest.present)
    func committedRecordsAndTheirMarker(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        var producer = try client.makeProducer(Conversation.name("id"))
        let first = try client.write(&producer, topic, ["a", "b"])
        try client.finish(producer, commit: true, topic)
        // The marker took an offset.
        let second = try client.produce(topic, TestBatch(["plain"]))
        #expect(first.offset == 0 && second.offset == 3)
        let batches = try client.batches(topic)
        #expect(batches.map(\.isControl) == [false, true, false])
        let marker = batches[1]
        #expect(marker.attributes & 0x30 == 0x30 && marker.count == 1 && marker.baseOffset == 2)
        #expect(marker.producer == producer.id && marker.epoch == producer.epoch)
        #expect(marker.crcIsRight && marker.sequence == -1)
        #expect(marker.records[0].record.key == [0, 0, 0, 1])
        #expect(marker.records[0].record.value?.count == 6)
        let committed = try client.committedValues(topic)
        #expect(committed == ["a", "b", "plain"])
    }

    @Test(arguments: BrokerUnderTest.present)
    func abortedRecordsAreListed(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        var (one, two) = (
            try client.makeProducer(Conversation.name("one")),
            try client.makeProducer(Conversation.name("two"))
        )
        try client.write(&one, topic, ["1a"])  // 0
        try client.write(&two, topic, ["2a"])  // 1
        try client.write(&one, topic, ["1b"])  // 2
        try client.finish(one, commit: false, topic: topic, opened: 1)  // 3
        try client.write(&two, topic, ["2b"])  // 4
        try client.finish(two, commit: true, topic)  // 5
        try client.write(&one, topic, ["1c"])  // 6
        try client.finish(one, commit: false, topic)  // 7
        try client.write(&one, topic, ["1d"])  // 8
        try client.finish(one, commit: true, topic)  // 9
        let everything = try client.values(topic)
        #expect(everything == ["1a", "2a", "1b", "2b", "1c", "1d"])
        let committed = try client.committedValues(topic)
        #expect(committed == ["2a", "2b", "1d"])
        for version in API.fetch.versions {
            let whole = try client.fetch(topic, 0, committed: true, version: version)
            let listed = whole.aborted.list.sorted { $0.first.int < $1.first.int }
            #expect(
                listed == [
                    ["producer": .int(one.id), "first": 0], ["producer": .int(one.id), "first": 6],
                ])
        }
        // Only those that reach into what was read.
        let later = try client.fetch(topic, 4, committed: true).aborted
        #expect(later == [["producer": .int(one.id), "first": 6]])
        let last = try client.fetch(topic, 8, committed: true).aborted
        #expect(last.list.isEmpty)
        let plain = try client.fetch(topic, 0, committed: false).aborted
        #expect(plain.list.isEmpty)
        let abort = try #require(try client.batches(topic).first { $0.isControl })
        #expect(abort.baseOffset == 3 && abort.records[0].record.key == [0, 0, 0, 0])
    }

    @Test(arguments: BrokerUnderTest.present)
    func anOpenTransactionHoldsReadersBack(broker: BrokerUnderTest) throws {
        let (client, reader) = (try Conversation(broker), try Conversation(broker))
        let topic = try client.makeTopic()
        try client.produce(topic, TestBatch(["before"]))
        var producer = try client.makeProducer(Conversation.name("id"))
        try client.write(&producer, topic, ["open"])
        try client.produce(topic, TestBatch(["after"]))
        let all = try client.fetch(topic, 0)
        let committed = try client.fetch(topic, 0, committed: true)
        #expect(all.highWatermark == 3 && all.lastStable == 1)
        #expect(committed.highWatermark == 3 && committed.lastStable == 1)
        #expect(try StoredBatch.all(all.records.data).map(\.baseOffset) == [0, 1, 2])
        #expect(try StoredBatch.all(committed.records.data).map(\.baseOffset) == [0])
        for version in API.listOffsets.versions.dropFirst() {
            let end = try client.offset(topic, at: -1, committed: true, version: version)
            #expect(end.offset == 1)
        }
        let end = try client.end(topic)
        #expect(end == 3)
        // At and behind the last stable offset there is nothing, and no error.
        for offset in [1, 2] {
            let part = try client.fetch(topic, offset, committed: true)
            #expect(part.error == 0 && part.records.data.isEmpty)
        }
        // A reader who waits there is woken by the end of the transaction.
        let body = reader.fetchBody(topic, 1, committed: true, limits: .init(wait: 14_000))
        let start = ContinuousClock.now
        try reader.send(.fetch, nil, body)
        try client.finish(producer, commit: true, topic)
        let woken = try reader.answer(.fetch).topics[0].partitions[0]
        #expect(try StoredBatch.all(woken.records.data).first?.baseOffset == 1)
        #expect(ContinuousClock.now - start < .seconds(8))
        let values = try client.committedValues(topic)
        #expect(values == ["before", "open", "after"])
    }

    @Test(arguments: BrokerUnderTest.present)
    func aTransactionSpansTopics(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topics = try (0..<3).map { _ in try client.makeTopic(partitions: 2) }
        var producer = try client.makeProducer(Conversation.name("id"))
        for commit in [true, false] {
            let added = try client.addPartitions(producer, topics.map { ($0, [0, 1]) })
            #expect(
                added.topics.list.flatMap(\.partitions.list).map(\.error)
                    == Array(repeating: 0, count: 6))
            for topic in topics {
                for partition in 0..<2 {
                    producer.sequence = commit ? 0 : 1
                    let part = try client.produce(
                        topic, producer.batch(["\(commit)"]), partition: partition,
                        transaction: producer.transaction)
                    #expect(part.error == 0)
                }
            }
            let code = try client.end(producer, commit: commit)
            #expect(code == 0)
            for topic in topics {
                for partition in 0..<2 { try client.awaitMarkers(topic, partition: partition) }
            }
        }
        for topic in topics {
            let values = try client.committedValues(topic, partition: 1)
            let end = try client.end(topic, 1)
            #expect(values == ["true"] && end == 4)
        }
    }

    @Test(arguments: BrokerUnderTest.present)
    func offsetsAreCommittedWithTheTransaction(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let (topic, group) = (try client.makeTopic(), Conversation.name("group"))
        let producer = try client.makeProducer(Conversation.name("id"))
        func committed() throws -> Value {
            try client.ask(
                .offsetFetch, nil,
                ["group": .text(group), "topics": [["name": .text(topic), "partitions": [0]]]]
            ).topics[0].partitions[0]
        }
        for (turn, version) in API.txnOffsetCommit.versions.enumerated() {
            for commit in [false, true] {
                let before = try committed()
                let added = try client.askAgain(
                    .addOffsetsToTxn, version, producer.saying(["group": .text(group)]))
                #expect(added.error == 0)
                let offset = Value(10 * turn + (commit ? 5 : 1))
                let said = try client.askAgain(
                    .txnOffsetCommit, version,
                    producer.saying([
                        "group": .text(group),
                        "topics": client.place(
                            topic, ["index": 0, "offset": offset, "metadata": "m"]),
                    ]))
                #expect(said.topics[0].partitions[0].error == 0)
                let pending = try committed()
                #expect(pending == before)
                let code = try client.end(producer, commit: commit)
                #expect(code == 0)
                if commit {
                    try waitUntil("the offset is committed") { try committed().offset == offset }
                    let metadata = try committed().metadata
                    #expect(metadata == "m")
                } else {
                    let after = try committed()
                    #expect(after == before)
                }
            }
        }
    }
}

extension Conversation {
    /// Ends the transaction while another one holds the last stable offset.
    func finish(_ producer: TestProducer, commit: Bool, topic: String, opened: Int64) throws {
        let before = try end(topic)
        let code = try end(producer, commit: commit)
        guard code == 0 else { throw Failure.refused("\(code)") }
        try waitUntil("the marker is there") { try end(topic) == before + 1 }
        guard try end(topic, committed: true) == opened else { throw Failure.refused("LSO") }
    }
}
