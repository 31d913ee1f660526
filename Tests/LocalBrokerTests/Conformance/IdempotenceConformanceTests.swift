import LocalBroker
import Testing

/// A batch that is sent again is stored once, and what does not follow is refused.
@Suite struct IdempotenceConformanceTests {
    @Test(arguments: BrokerUnderTest.present)
    func producerIDsAreGivenOnce(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let ids = try API.initProducerID.versions.flatMap { version in
            try (0..<3).map { _ in
                let answer = try client.initProducer(version: version)
                #expect(answer.error == 0 && answer.epoch == 0)
                return answer.producer.int
            }
        }
        #expect(Set(ids).count == ids.count && ids.allSatisfy { $0 >= 0 })
    }

    @Test(arguments: BrokerUnderTest.present)
    func aRepeatedBatchIsAcknowledgedAndNotStored(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        var producer = try client.makeProducer()
        let batches = (0..<7).map { producer.batch(["\($0)", "more"]) }
        for (number, batch) in batches.enumerated() {
            for _ in 0..<2 {
                let part = try client.produce(topic, batch)
                #expect(part.error == 0 && part.offset == .init(number * 2))
            }
        }
        // The last five batches are remembered.
        for number in 2..<7 {
            let part = try client.produce(topic, batches[number])
            #expect(part.error == 0 && part.offset == .init(number * 2), "\(number)")
        }
        let older = try client.produce(topic, batches[0])
        #expect(older.error == 45 && older.offset == -1)
        let end = try client.end(topic)
        #expect(end == 14)
    }

    @Test(arguments: BrokerUnderTest.present)
    func sequencesMustFollow(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic(partitions: 2)
        var producer = try client.makeProducer()
        try client.write(&producer, topic, ["a", "b"])
        let next = producer.batch(["c"])
        for sequence: Int32 in [3, 1, 100] {
            let part = try client.produce(topic, next.with { $0.sequence = sequence })
            #expect(part.error == 45 && part.offset == -1, "\(sequence)")
        }
        let right = try client.produce(topic, next)
        #expect(right.error == 0 && right.offset == 2)
        // Another partition counts for itself.
        let elsewhere = try client.produce(
            topic, next.with { $0.sequence = 0 }, partition: 1)
        #expect(elsewhere.error == 0 && elsewhere.offset == 0)
    }

    @Test(arguments: BrokerUnderTest.present)
    func epochsOnlyRise(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        var producer = try client.makeProducer()
        try client.write(&producer, topic, ["a"])
        producer.epoch += 1
        let notFirst = try client.produce(topic, producer.batch(["b"]))
        producer.sequence = 0
        let first = try client.produce(topic, producer.batch(["b"]))
        #expect(notFirst.error == 45 && first.error == 0 && first.offset == 1)
        producer.epoch -= 1
        let older = try client.produce(topic, producer.batch(["c"]))
        #expect(older.error == 47)
        let values = try client.values(topic)
        #expect(values == ["a", "b"])
    }

    @Test(arguments: BrokerUnderTest.present)
    func aProducerThatIsNotKnownStartsAnywhere(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        var producer = try client.makeProducer()
        producer.sequence = 17
        try client.write(&producer, topic, ["a"])
        let again = try client.produce(topic, producer.batch(["b"]))
        #expect(again.error == 0 && again.offset == 1)
    }

    @Test(arguments: BrokerUnderTest.present)
    func sequencesWrap(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        let producer = try client.makeProducer()
        let batch = TestBatch(
            ["last", "zero", "one"], producer: producer.id, epoch: 0, sequence: Int32.max)
        let first = try client.produce(topic, batch)
        let next = TestBatch(["two"], producer: producer.id, epoch: 0, sequence: 2)
        let second = try client.produce(topic, next)
        let repeated = try client.produce(topic, batch)
        #expect(first.error == 0 && second.error == 0 && second.offset == 3)
        #expect(repeated.error == 0 && repeated.offset == 0)
    }
}
