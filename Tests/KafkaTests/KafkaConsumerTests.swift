import Foundation
import HeadwayTesting
import Kafka
import Synchronization
import Testing

/// A copy of what a record showed during its event.
struct Seen: Equatable {
    var partition: Int32
    var offset: Int64
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [KafkaHeader]
    var timestamp: Int64
    var topic: String
}

func copy(_ record: borrowing KafkaRecord) -> Seen {
    Seen(
        partition: record.partition, offset: record.offset, key: record.key.map { Array($0) },
        value: record.value.map { Array($0) },
        headers: record.withHeaders { headers in
            headers.map { KafkaHeader(name: Array($0.name), value: $0.value.map { Array($0) }) }
        },
        timestamp: record.timestampMilliseconds, topic: record.topic)
}

/// Reads from the starts until each partition's end, or until the limit.
func readAll(
    _ brokers: String, _ starts: [TopicPartitionOffset], limit: Duration = .seconds(30)
) throws -> [Seen] {
    var consumer = try KafkaConsumer(
        settings: try KafkaSettings.reader(brokers: brokers).merging(["fetch.wait.max.ms": "20"]))
    try consumer.assign(starts)
    var open = Set(starts.map(\.topicPartition))
    var seen: [Seen] = []
    let deadline = ContinuousClock.now + limit
    while !open.isEmpty, ContinuousClock.now < deadline {
        _ = consumer.poll(max: 1_000, timeout: .seconds(1)) { event in
            switch event {
            case .record(let record): seen.append(copy(record))
            case .endOfPartition(let partition, _): open.remove(partition)
            case .failure(let partition, let failure):
                if failure.disposition != .retry {
                    Issue.record("\(String(describing: partition)): \(failure)")
                    open = []
                }
            }
        }
    }
    #expect(open.isEmpty)
    consumer.close(within: .seconds(5))
    return seen
}

@Suite struct KafkaConsumerTests {
    @Test func recordsArriveAsTheyWereWritten() throws {
        let mock = try MockKafka()
        try mock.createTopic("in", partitions: 1)
        var producer = try KafkaProducer(settings: .producer(brokers: mock.brokers))
        let at: Int64 = 1_672_531_200_123
        let headers = [
            KafkaHeader("ce_id", "7"), KafkaHeader(name: Array("empty".utf8), value: []),
            KafkaHeader(name: Array("null".utf8), value: nil), KafkaHeader("ce_id", "again")
        ]
        let written: [(key: [UInt8]?, value: [UInt8]?, headers: [KafkaHeader])] = [
            (Array("k".utf8), Array("v".utf8), headers), (Array("k".utf8), nil, []), (nil, [], []),
            ([], [0, 255], [])
        ]
        for (number, record) in written.enumerated() {
            try producer.produce(
                topic: "in", partition: 0, key: record.key, value: record.value,
                headers: record.headers, timestampMilliseconds: at, token: number + 1)
        }
        try producer.flush(timeout: .seconds(10))
        var reports: [DeliveryReport] = []
        producer.poll(timeout: .zero) { reports.append($0) }
        #expect(reports.map(\.token) == [1, 2, 3, 4])
        #expect(reports.map(\.offset) == [0, 1, 2, 3])
        #expect(reports.allSatisfy { $0.failure == nil && $0.topic == "in" })

        let seen = try readAll(mock.brokers, [.init(topic: "in", partition: 0, offset: 0)])
        #expect(seen.count == 4)
        for (record, sent) in zip(seen, written) {
            #expect(record.key == sent.key)
            #expect(record.value == sent.value)
            #expect(record.headers == sent.headers)
            #expect(record.timestamp == at)
            #expect(record.topic == "in")
        }
    }

    @Test func aReaderStartsWhereItIsTold() throws {
        let mock = try MockKafka()
        try mock.createTopic("in", partitions: 2)
        try fill(mock.brokers, "in", partition: 0, count: 10)
        try fill(mock.brokers, "in", partition: 1, count: 3)
        let seen = try readAll(
            mock.brokers,
            [
                .init(topic: "in", partition: 0, offset: 7),
                .init(topic: "in", partition: 1, offset: 3)
            ])
        #expect(seen.map(\.offset) == [7, 8, 9])
    }

    @Test func anOffsetThatIsGoneHalts() throws {
        let mock = try MockKafka()
        try mock.createTopic("in", partitions: 1)
        try fill(mock.brokers, "in", partition: 0, count: 3)
        var consumer = try KafkaConsumer(settings: .reader(brokers: mock.brokers))
        try consumer.assign([.init(topic: "in", partition: 0, offset: 50)])
        var failures: [KafkaFailure] = []
        let deadline = ContinuousClock.now + .seconds(20)
        while failures.isEmpty, ContinuousClock.now < deadline {
            _ = consumer.poll(max: 100, timeout: .seconds(1)) { event in
                switch event {
                case .record: Issue.record("nothing may be read")
                case .endOfPartition: break
                case .failure(let place, let failure):
                    #expect(place == TopicPartition(topic: "in", partition: 0))
                    failures.append(failure)
                }
            }
        }
        #expect(failures.first?.code == "_AUTO_OFFSET_RESET")
        #expect(failures.first?.disposition == .halt)
    }

    @Test func anotherThreadEndsTheWait() throws {
        let mock = try MockKafka()
        var consumer = try KafkaConsumer(settings: .reader(brokers: mock.brokers))
        let wake = consumer.wakeHandle()
        let clock = ContinuousClock()
        let start = clock.now
        // Woken before it waits: the wake-up is kept.
        wake.wake()
        let early = consumer.poll(max: 10, timeout: .seconds(30)) { _ in }
        // Woken while it waits.
        Thread { wake.wake() }.start()
        let late = consumer.poll(max: 10, timeout: .seconds(30)) { _ in }
        #expect(early == 0 && late == 0)
        #expect(clock.now - start < .seconds(20))
        consumer.close(within: .seconds(5))
        wake.wake()
    }

    /// Both members live on one thread, so each callback is known to run inside its own poll.
    @Test func membersShareAndRevocationIsAskedFirst() throws {
        let mock = try MockKafka()
        try mock.createTopic("in", partitions: 4)
        let settings = try KafkaSettings.consumer(brokers: mock.brokers, group: "g")
            .merging(["session.timeout.ms": "6000", "heartbeat.interval.ms": "200"])
        final class Member {
            var owned: Set<TopicPartition> = []
            var log: [RebalanceEvent] = []
            func answer(_ event: RebalanceEvent) -> RebalanceReply {
                log.append(event)
                switch event {
                case .assigned(let partitions):
                    owned = Set(partitions)
                    return .assign(partitions.map { .init($0, offset: 0) })
                case .revoked:
                    owned = []
                    return .done
                }
            }
        }
        let (first, second) = (Member(), Member())
        var one = try KafkaConsumer(settings: settings)
        var two = try KafkaConsumer(settings: settings)
        try one.subscribe(["in"]) { first.answer($0) }
        let deadline = ContinuousClock.now + .seconds(60)
        while first.owned.count != 4, ContinuousClock.now < deadline {
            _ = one.poll(max: 10, timeout: .milliseconds(100)) { _ in }
        }
        #expect(first.owned.count == 4)
        try two.subscribe(["in"]) { second.answer($0) }
        while first.owned.count != 2 || second.owned.count != 2, ContinuousClock.now < deadline {
            _ = one.poll(max: 10, timeout: .milliseconds(50)) { _ in }
            _ = two.poll(max: 10, timeout: .milliseconds(50)) { _ in }
        }
        #expect(first.owned.count == 2 && second.owned.count == 2)
        #expect(first.owned.isDisjoint(with: second.owned))
        let all = (0..<4).map { TopicPartition(topic: "in", partition: $0) }
        #expect(first.log.prefix(2) == [.assigned(all), .revoked(all, lost: false)])
        // Leaving asks for the revocation as well.
        let closed = [two.close(within: .seconds(10)), one.close(within: .seconds(10))]
        #expect(closed == [true, true])
        #expect(second.owned.isEmpty && first.owned.isEmpty)
    }

    @Test func closingIsBoundedWithoutABroker() throws {
        let mock = try MockKafka()
        try mock.createTopic("in", partitions: 1)
        var consumer = try KafkaConsumer(
            settings: .consumer(brokers: mock.brokers, group: "g"))
        var owned = 0
        try consumer.subscribe(["in"]) { event in
            if case .assigned(let partitions) = event {
                owned = partitions.count
                return .assign(partitions.map { .init($0, offset: 0) })
            }
            return .done
        }
        let deadline = ContinuousClock.now + .seconds(30)
        while owned == 0, ContinuousClock.now < deadline {
            _ = consumer.poll(max: 10, timeout: .milliseconds(100)) { _ in }
        }
        try mock.setDown()
        let start = ContinuousClock.now
        consumer.close(within: .seconds(3))
        #expect(ContinuousClock.now - start < .seconds(6))
    }

    private func fill(_ brokers: String, _ topic: String, partition: Int32, count: Int) throws {
        var producer = try KafkaProducer(settings: .producer(brokers: brokers))
        for number in 0..<count {
            try producer.produce(
                topic: topic, partition: partition, key: nil, value: Array("\(number)".utf8))
        }
        try producer.flush(timeout: .seconds(10))
    }
}
