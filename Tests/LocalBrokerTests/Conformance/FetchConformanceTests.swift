import LocalBroker
import Testing

/// How much a fetch brings, when, and from where.
@Suite struct FetchConformanceTests {
    private func filled(_ client: Conversation, batches: Int, partitions: Int = 1) throws -> String
    {
        let topic = try client.makeTopic(partitions: partitions)
        for partition in 0..<partitions {
            for _ in 0..<batches {
                try client.produce(topic, batch(1_000), partition: partition)
            }
        }
        return topic
    }

    private func batch(_ size: Int) -> TestBatch {
        TestBatch([String(repeating: "x", count: size - 70)])
    }

    @Test(arguments: BrokerUnderTest.present)
    func aBatchLargerThanTheLimitComesWhole(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try filled(client, batches: 3)
        for limits in [
            Conversation.Limits(partitionMaxBytes: 1), Conversation.Limits(maxBytes: 1),
        ] {
            let part = try client.fetch(topic, 1, limits: limits)
            let batches = try StoredBatch.all(part.records.data)
            #expect(part.error == 0 && batches.map(\.baseOffset) == [1])
        }
    }

    @Test(arguments: BrokerUnderTest.present)
    func limitsHold(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try filled(client, batches: 10)
        for limits in [
            Conversation.Limits(partitionMaxBytes: 3_500), Conversation.Limits(maxBytes: 3_500),
        ] {
            let part = try client.fetch(topic, 2, limits: limits)
            let batches = try StoredBatch.all(part.records.data)
            #expect(part.records.data.count <= 3_500)
            #expect(batches.map(\.baseOffset) == [2, 3, 4])
        }
    }

    /// The limit of the whole answer is not one of each partition.
    @Test(arguments: BrokerUnderTest.present)
    func theAnswersLimitSpansPartitions(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try filled(client, batches: 3, partitions: 3)
        let answer = try client.ask(
            .fetch, nil,
            [
                "maxWait": 0, "minBytes": 1, "maxBytes": 1_500,
                "topics": [
                    [
                        "name": .text(topic),
                        "partitions": [
                            ["index": 0, "offset": 0], ["index": 1, "offset": 0],
                            ["index": 2, "offset": 0],
                        ],
                    ]
                ],
            ])
        let sizes = answer.topics[0].partitions.list.map(\.records.data.count)
        let whole = try answer.topics[0].partitions.list.map {
            try StoredBatch.all($0.records.data).count
        }
        #expect(sizes.reduce(0, +) <= 1_500 && whole.reduce(0, +) == 1, "\(sizes)")
        #expect(answer.topics[0].partitions.list.allSatisfy { $0.highWatermark == 3 })
    }

    @Test(arguments: BrokerUnderTest.present)
    func aWaitingFetchWakesWhenThereIsSomething(broker: BrokerUnderTest) throws {
        let (reader, writer) = (try Conversation(broker), try Conversation(broker))
        let topic = try writer.makeTopic()
        let start = ContinuousClock.now
        try reader.send(.fetch, nil, reader.fetchBody(topic, 0, limits: .init(wait: 20_000)))
        try writer.produce(topic, TestBatch(["there"]))
        let part = try reader.answer(.fetch).topics[0].partitions[0]
        #expect(try StoredBatch.all(part.records.data).count == 1)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test(arguments: BrokerUnderTest.present)
    func aWaitingFetchWaitsForItsLeastBytes(broker: BrokerUnderTest) throws {
        let (reader, writer) = (try Conversation(broker), try Conversation(broker))
        let topic = try writer.makeTopic()
        let limits = Conversation.Limits(wait: 20_000, minBytes: 2_500)
        try reader.send(.fetch, nil, reader.fetchBody(topic, 0, limits: limits))
        for _ in 0..<3 { try writer.produce(topic, batch(1_000)) }
        let part = try reader.answer(.fetch).topics[0].partitions[0]
        #expect(try StoredBatch.all(part.records.data).count == 3)
    }

    @Test(arguments: BrokerUnderTest.present)
    func aFetchThatFindsNothingEndsInTime(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        let start = ContinuousClock.now
        let part = try client.fetch(topic, 0, limits: .init(wait: 300))
        let took = ContinuousClock.now - start
        #expect(part.error == 0 && part.highWatermark == 0 && part.records.data.isEmpty)
        #expect(took > .milliseconds(290) && took < .seconds(5))
    }

    /// Requests of one connection are answered in their order, also behind one that waits.
    @Test(arguments: BrokerUnderTest.present)
    func answersKeepTheOrderOfRequests(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        try client.send(.fetch, nil, client.fetchBody(topic, 0, limits: .init(wait: 300)))
        try client.send(.produce, nil, client.produceBody(topic, TestBatch(["a"]).bytes))
        try client.send(.metadata, nil, ["topics": []])
        try client.send(.fetch, nil, client.fetchBody(topic, 0))
        let first = try client.answer(.fetch).topics[0].partitions[0]
        let second = try client.answer(.produce).topics[0].partitions[0]
        let third = try client.answer(.metadata)
        let fourth = try client.answer(.fetch).topics[0].partitions[0]
        #expect(first.error == 0 && second.error == 0 && third.brokers.list.count == 1)
        let seen = try StoredBatch.all(fourth.records.data).count
        #expect(Difference.pipelining.expected(broker, kafka: [1], local: [0, 1]).contains(seen))
    }

    @Test(arguments: BrokerUnderTest.present)
    func offsetsOutsideTheLogAreRefusedAtOnce(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try filled(client, batches: 3)
        for offset in [4, 1_000_000, -1, -5] {
            let start = ContinuousClock.now
            let part = try client.fetch(topic, offset, limits: .init(wait: 20_000))
            #expect(part.error == 1 && part.records.data.isEmpty, "\(offset)")
            #expect(ContinuousClock.now - start < .seconds(10))
        }
        let atEnd = try client.fetch(topic, 3)
        #expect(atEnd.error == 0 && atEnd.highWatermark == 3 && atEnd.logStart == 0)
    }

    @Test(arguments: BrokerUnderTest.present)
    func anOffsetWithinABatchBringsTheBatch(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        try client.produce(topic, TestBatch((0..<10).map { "\($0)" }))
        try client.produce(topic, TestBatch(["10"]))
        let batches = try StoredBatch.all(try client.fetch(topic, 5).records.data)
        let next = try StoredBatch.all(try client.fetch(topic, 10).records.data)
        #expect(batches.map(\.baseOffset) == [0, 10] && next.map(\.baseOffset) == [10])
    }

    @Test(arguments: BrokerUnderTest.present)
    func leaderEpochsAreChecked(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try filled(client, batches: 1)
        let epoch = try client.offset(topic, at: -1).leaderEpoch.int
        #expect(epoch >= 0)
        let right = try client.fetch(topic, 0, limits: .init(leaderEpoch: Int(epoch)))
        let newer = try client.fetch(topic, 0, limits: .init(leaderEpoch: Int(epoch) + 1))
        #expect(right.error == 0 && newer.error == 75)
        let listed = try client.offset(topic, at: -1, leaderEpoch: Int(epoch) + 1)
        #expect(listed.error == 75)
        if epoch > 0 {
            let older = try client.fetch(topic, 0, limits: .init(leaderEpoch: 0))
            #expect(older.error == 74)
        }
    }

    @Test(arguments: BrokerUnderTest.present)
    func sessionsAreOffered(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try filled(client, batches: 1)
        guard case .fields(var fields) = client.fetchBody(topic, 0) else { return }
        fields["sessionEpoch"] = 0
        let full = try client.ask(.fetch, nil, .fields(fields))
        #expect(full.error == 0 && full.topics[0].partitions[0].error == 0)
        let offered = full.session.int != 0
        #expect(offered == Difference.fetchSessions.expected(broker, kafka: true, local: false))
        fields["session"] = 77
        fields["sessionEpoch"] = 3
        let unknown = try client.ask(.fetch, nil, .fields(fields))
        #expect(unknown.error == 70 && unknown.topics == [])
    }
}
