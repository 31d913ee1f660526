import LocalBroker
import Testing

/// Who may still write: successors, zombies, retries and time-outs.
@Suite struct FencingConformanceTests {
    @Test(arguments: BrokerUnderTest.present)
    func aSuccessorFencesItsPredecessor(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let (topic, id) = (try client.makeTopic(partitions: 2), Conversation.name("id"))
        var old = try client.makeProducer(id)
        try client.write(&old, topic, ["zombie"])
        let body: Value = ["txn": .text(id), "timeout": 60_000]
        let first = try client.ask(.initProducerID, nil, body).error
        #expect(first == Difference.endingFirst.expected(broker, kafka: 51, local: 0))
        var new = try client.makeProducer(id)
        #expect(new.id == old.id && new.epoch > old.epoch)
        // What the predecessor had open is aborted.
        try client.awaitMarkers(topic)
        let part = try client.produce(topic, old.batch(["late"]), transaction: id)
        #expect(part.error == 47 && part.offset == -1)
        for version in API.addPartitionsToTxn.versions {
            let added = try client.addPartitions(old, [(topic, [0, 1])], version: version)
            let codes = added.topics[0].partitions.list.map(\.error)
            let expected: Value = version < 2 ? 47 : 90
            #expect(codes == [expected, expected], "\(version)")
        }
        for version in API.addOffsetsToTxn.versions {
            let added = try client.askAgain(
                .addOffsetsToTxn, version, old.saying(["group": "g"]))
            #expect(added.error == (version < 2 ? 47 : 90), "\(version)")
        }
        for version in API.endTxn.versions {
            for commit in [true, false] {
                let code = try client.end(old, commit: commit, version: version)
                #expect(code == (version < 2 ? 47 : 90), "\(version)")
            }
        }
        try client.write(&new, topic, ["successor"])
        try client.finish(new, commit: true, topic)
        let values = try client.committedValues(topic)
        #expect(values == ["successor"])
    }

    @Test(arguments: BrokerUnderTest.present)
    func anEndMayBeToldAgainButNotDenied(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        var producer = try client.makeProducer(Conversation.name("id"))
        let empty = [
            try client.end(producer, commit: true), try client.end(producer, commit: false),
        ]
        #expect(empty == [48, 48])
        for commit in [true, false, true] {
            try client.write(&producer, topic, ["\(commit)"])
            for version in API.endTxn.versions {
                let code = try client.end(producer, commit: commit, version: version)
                #expect(code == 0, "\(commit) \(version)")
            }
            let denied = try client.end(producer, commit: !commit)
            #expect(denied == 48)
            try client.awaitMarkers(topic)
        }
        let values = try client.committedValues(topic)
        let end = try client.end(topic)
        #expect(values == ["true", "true"] && end == 6)
    }

    @Test(arguments: BrokerUnderTest.present)
    func strangersAreRefused(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let (topic, group) = (try client.makeTopic(), Conversation.name("group"))
        let stranger = TestProducer(
            transaction: Conversation.name("never"), id: 4_000_000_000, epoch: 0)
        let real = try client.makeProducer(Conversation.name("id"))
        var wrong = real
        wrong.id += 1_000_000
        for producer in [stranger, wrong] {
            let added = try client.addPartitions(producer, [(topic, [0])])
            #expect(added.topics[0].partitions[0].error == 49)
            let offsets = try client.askAgain(
                .addOffsetsToTxn, nil, producer.saying(["group": .text(group)]))
            let end = try client.end(producer, commit: true)
            #expect(offsets.error == 49 && end == 49)
        }
    }

    /// Nothing of a transaction's partitions is taken when one of them is not there.
    @Test(arguments: BrokerUnderTest.present)
    func partitionsAreAddedTogetherOrNotAtAll(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let (topic, never) = (try client.makeTopic(), Conversation.name("never"))
        let producer = try client.makeProducer(Conversation.name("id"))
        let added = try client.ask(
            .addPartitionsToTxn, nil,
            producer.saying([
                "topics": [
                    ["name": .text(topic), "partitions": [0, 5]],
                    ["name": .text(never), "partitions": [0]],
                ]
            ]))
        let known = added.topics.element("name", .text(topic)).partitions
        #expect(known.element("index", 0).error == 55 && known.element("index", 5).error == 3)
        #expect(added.topics.element("name", .text(never)).partitions[0].error == 3)
        let end = try client.end(producer, commit: true)
        #expect(end == 48)
    }

    @Test(arguments: BrokerUnderTest.present)
    func aPartitionMustBeAddedBeforeItIsWrittenTo(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        var producer = try client.makeProducer(Conversation.name("id"))
        let part = try client.produce(
            topic, producer.batch(["a"]), transaction: producer.transaction)
        #expect(part.error == 48 && part.offset == -1)
        let end = try client.end(topic)
        #expect(end == 0)
    }

    @Test(arguments: BrokerUnderTest.present)
    func timeoutsAndNamesAreChecked(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let id = Conversation.name("id")
        for (timeout, code) in [(0, 50), (-1, 50), (900_001, 50), (900_000, 0), (1, 0)] {
            let answer = try client.initProducer(id, timeout: timeout)
            #expect(answer.error == .init(code), "\(timeout)")
            if code != 0 { #expect(answer.producer == -1 && answer.epoch == -1) }
        }
        let nameless = try client.initProducer("")
        #expect(nameless.error == 42)
    }

    @Test(arguments: BrokerUnderTest.present)
    func aTransactionThatTakesTooLongIsAborted(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let (topic, id) = (try client.makeTopic(), Conversation.name("id"))
        var producer = try client.makeProducer(id, timeout: 500)
        try client.write(&producer, topic, ["slow"])
        try client.awaitMarkers(topic)
        let values = try client.committedValues(topic)
        #expect(values == [])
        // The producer learns of it, whatever it tries.
        let late = try client.end(producer, commit: true)
        #expect(late == 90)
        let part = try client.produce(topic, producer.batch(["late"]), transaction: id)
        #expect(part.error == 47)
        var successor = try client.makeProducer(id)
        #expect(successor.id == producer.id && successor.epoch > producer.epoch)
        try client.write(&successor, topic, ["again"])
        try client.finish(successor, commit: true, topic)
        let after = try client.committedValues(topic)
        #expect(after == ["again"])
    }
}
