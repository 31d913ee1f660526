import LocalBroker
import Testing

/// Topics as administrators and clients see them.
@Suite struct TopicConformanceTests {
    @Test(arguments: BrokerUnderTest.present)
    func topicsAreCreatedInEveryVersion(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        for version in API.createTopics.versions {
            let (one, dry) = (Conversation.name("one"), Conversation.name("dry"))
            let made = try client.ask(
                .createTopics, version,
                ["topics": [["name": .text(one), "partitions": 3, "replication": 1]]])
            #expect(made.topics[0].error == 0 && made.topics[0].name == .text(one))
            #expect(made.topics[0].message == nil)
            try client.awaitPartitions(one, 3)
            let again = try client.ask(
                .createTopics, version, ["topics": [["name": .text(one), "partitions": 3]]])
            #expect(again.topics[0].error == 36 && again.topics[0].message != nil)
            let tried = try client.ask(
                .createTopics, version, ["topics": [["name": .text(dry)]], "validate": true])
            #expect(tried.topics[0].error == 0)
            let absent = try client.ask(.metadata, nil, ["topics": [["name": .text(dry)]]])
            #expect(absent.topics[0].error == 3)
        }
    }

    @Test(arguments: BrokerUnderTest.present)
    func whatCannotBeCreatedIsRefused(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let name = Value.text(Conversation.name("topic"))
        func config(_ name: String, _ value: String) -> Value {
            [["name": .text(name), "value": .text(value)]]
        }
        let long = Value.text(String(repeating: "x", count: 250))
        let cases: [(String, Value, Int64)] = [
            ("no name", ["name": ""], 17), ("a dot", ["name": "."], 17),
            ("two dots", ["name": ".."], 17), ("a slash", ["name": "a/b"], 17),
            ("a long name", ["name": long], 17),
            ("no partitions", ["name": name, "partitions": 0], 37),
            ("negative partitions", ["name": name, "partitions": -2], 37),
            ("too many replicas", ["name": name, "replication": 2], 38),
            ("no replicas", ["name": name, "replication": 0], 38),
            ("an unknown setting", ["name": name, "configs": config("nothing", "1")], 40),
            ("a word", ["name": name, "configs": config("retention.ms", "long")], 40),
            ("a policy", ["name": name, "configs": config("cleanup.policy", "shred")], 40),
            ("below its least", ["name": name, "configs": config("retention.ms", "-2")], 40),
            ("no type", ["name": name, "configs": config("message.timestamp.type", "x")], 40),
        ]
        for (what, topic, code) in cases {
            let answer = try client.ask(.createTopics, nil, ["topics": [topic]])
            #expect(answer.topics[0].error == .int(code), "\(what): \(answer)")
        }
        let twice = try client.ask(
            .createTopics, nil, ["topics": [["name": name], ["name": name]]])
        #expect(twice.topics.list.allSatisfy { $0.error == 42 })
        // The broker's own counts.
        let usual = try client.ask(
            .createTopics, nil,
            ["topics": [["name": name, "partitions": -1, "replication": -1]]])
        #expect(usual.topics[0].error == 0)
        try client.awaitPartitions(name.string ?? "", 1)
    }

    @Test(arguments: BrokerUnderTest.present)
    func metadataInEveryVersion(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let (topic, never) = (try client.makeTopic(partitions: 3), Conversation.name("never"))
        for version in API.metadata.versions {
            for all in [false, true] {
                let names: Value =
                    all
                    ? (version == 0 ? [] : nil)
                    : [["name": .text(topic)], ["name": .text(never)]]
                let answer = try client.ask(.metadata, version, ["topics": names])
                #expect(answer.brokers.list.count == 1 && answer.brokers[0].node == 1)
                #expect(answer.brokers[0].host == "127.0.0.1")
                #expect(answer.brokers[0].port == .init(try broker.port()))
                if version >= 1 { #expect(answer.controller == 1 && answer.brokers[0].rack == nil) }
                if version >= 2 { #expect(answer.cluster.string?.isEmpty == false) }
                if version >= 8 { #expect(answer.clusterOps.int == Int64(Int32.min)) }
                let found = answer.topics.element("name", .text(topic))
                #expect(found.error == 0 && found.partitions.list.count == 3)
                for partition in found.partitions.list {
                    #expect(partition.error == 0 && partition.leader == 1)
                    #expect(partition.replicas == [1] && partition.isr == [1])
                    if version >= 5 { #expect(partition.offline == []) }
                    if version >= 7 { #expect(partition.leaderEpoch.int >= 0) }
                }
                if version >= 1 { #expect(found.internal == 0) }
                if all { continue }
                let absent = answer.topics.element("name", .text(never))
                #expect(absent.error == 3 && absent.partitions == [])
            }
            if version >= 1 {
                let none = try client.ask(.metadata, version, ["topics": []])
                #expect(none.topics == [] && none.brokers.list.count == 1)
            }
        }
        let invalid = try client.ask(.metadata, nil, ["topics": [["name": "a/b"]]])
        #expect(invalid.topics[0].error == 17)
    }

    @Test(arguments: BrokerUnderTest.present)
    func theClusterIsDescribed(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let answer = try client.ask(.describeCluster)
        #expect(answer.error == 0 && answer.controller == 1 && answer.brokers.list.count == 1)
        #expect(answer.brokers[0].node == 1 && answer.brokers[0].host == "127.0.0.1")
        #expect(answer.brokers[0].port == .init(try broker.port()))
        let metadata = try client.ask(.metadata, nil, ["topics": []])
        #expect(answer.cluster == metadata.cluster)
    }

    @Test(arguments: BrokerUnderTest.present)
    func aTopicMadeAgainIsEmpty(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic(partitions: 2)
        var producer = try client.makeProducer()
        try client.write(&producer, topic, ["a", "b", "c"])
        let nobody = TestMember(Conversation.name("group"))
        let committed = try client.commit(nobody, topic, 2)
        #expect(committed == 0)
        for version in API.deleteTopics.versions {
            let deleted = try client.ask(.deleteTopics, version, ["names": [.text(topic)]])
            #expect(deleted.topics[0].error == 0 && deleted.topics[0].name == .text(topic))
            try waitUntil("the topic is gone") {
                try client.ask(.metadata, nil, ["topics": [["name": .text(topic)]]])
                    .topics[0].error == 3 && client.fetch(topic, 0).error == 3
            }
            let part = try client.produce(topic, TestBatch(["late"]))
            #expect(part.error == 3)
            let again = try client.ask(.deleteTopics, version, ["names": [.text(topic)]])
            #expect(again.topics[0].error == 3)
            try client.create(topic)
            let (start, end) = (try client.start(topic), try client.end(topic))
            #expect(start == 0 && end == 0)
            let old = try client.fetch(topic, 2)
            #expect(old.error == 1)
            let values = try client.values(topic)
            #expect(values == [])
            let first = try client.produce(topic, TestBatch(["new", "newer"]))
            #expect(first.error == 0 && first.offset == 0)
        }
        let group = try client.committed(nobody.group, topic).offset
        #expect(group == -1)
        // Nothing is remembered of the producer either.
        producer.sequence = 40
        let next = try client.produce(topic, producer.batch(["d"]))
        #expect(next.error == 0 && next.offset == 2)
    }

    @Test(arguments: BrokerUnderTest.present)
    func partitionsAreAdded(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        try client.produce(topic, TestBatch(["kept"]))
        func grow(_ topic: String, _ count: Int, _ version: Int16? = nil) throws -> Value {
            try client.ask(
                .createPartitions, version,
                ["topics": [["name": .text(topic), "count": .init(count)]]]
            ).results[0].error
        }
        let dry = try client.ask(
            .createPartitions, nil,
            ["topics": [["name": .text(topic), "count": 9]], "validate": true])
        #expect(dry.results[0].error == 0)
        for (version, count) in zip(API.createPartitions.versions, [2, 4]) {
            let code = try grow(topic, count, version)
            #expect(code == 0)
            try client.awaitPartitions(topic, count)
            let refused = [
                try grow(topic, count, version), try grow(topic, 1, version),
                try grow(topic, 0, version),
                try grow(Conversation.name("never"), 3, version),
            ]
            #expect(refused == [37, 37, 37, 3])
        }
        let metadata = try client.ask(.metadata, nil, ["topics": [["name": .text(topic)]]])
        #expect(metadata.topics[0].partitions.list.count == 4)
        let part = try client.produce(topic, TestBatch(["new"]), partition: 3)
        let kept = try client.values(topic)
        #expect(part.error == 0 && part.offset == 0 && kept == ["kept"])
    }
}
