import Foundation
import LocalBroker

/// What nearly every check does: a topic of its own, records in, records out.
extension Conversation {
    static func name(_ word: String) -> String { "\(word)-\(UUID().uuidString.prefix(8))" }

    /// A topic that is ready to be written to and read from.
    func makeTopic(
        _ word: String = "topic", partitions: Int = 1, configs: [String: String] = [:]
    ) throws -> String {
        let topic = Self.name(word)
        try create(topic, partitions: partitions, configs: configs)
        return topic
    }

    func create(_ topic: String, partitions: Int = 1, configs: [String: String] = [:]) throws {
        // Records of the past stay, unless the check is about that.
        let configs = ["retention.ms": "-1"].merging(configs, uniquingKeysWith: { $1 })
        let settings = configs.map { Value.fields(["name": .text($0), "value": .text($1)]) }
        let answer = try ask(
            .createTopics, nil,
            [
                "topics": [
                    [
                        "name": .text(topic), "partitions": .init(partitions),
                        "configs": .list(settings),
                    ]
                ]
            ])
        guard answer.topics[0].error == 0 else { throw Failure.refused("\(answer)") }
        try awaitPartitions(topic, partitions)
    }

    func awaitPartitions(_ topic: String, _ count: Int) throws {
        try waitUntil("\(topic) has \(count) partitions") {
            for partition in 0..<count where try end(topic, partition) < 0 { return false }
            return true
        }
    }

    // MARK: produce

    /// The answer's part about the partition.
    @discardableResult
    func produce(
        _ topic: String, _ batch: TestBatch, partition: Int = 0, acks: Int = -1,
        version: Int16? = nil, transaction: String? = nil
    ) throws -> Value {
        try produce(
            topic, bytes: batch.bytes, partition: partition, acks: acks, version: version,
            transaction: transaction)
    }

    @discardableResult
    func produce(
        _ topic: String, bytes: [UInt8]?, partition: Int = 0, acks: Int = -1,
        version: Int16? = nil, transaction: String? = nil
    ) throws -> Value {
        let body = produceBody(topic, bytes, partition, acks, transaction)
        return try ask(.produce, version, body).topics[0].partitions[0]
    }

    func produceBody(
        _ topic: String, _ bytes: [UInt8]?, _ partition: Int = 0, _ acks: Int = -1,
        _ transaction: String? = nil
    ) -> Value {
        [
            "txn": transaction.map(Value.text) ?? .null, "acks": .init(acks),
            "topics": [
                [
                    "name": .text(topic),
                    "partitions": [
                        ["index": .init(partition), "records": bytes.map(Value.bytes) ?? .null]
                    ],
                ]
            ],
        ]
    }

    // MARK: fetch

    struct Limits {
        var wait = 0
        var minBytes = 1
        var maxBytes = 10_000_000
        var partitionMaxBytes = 10_000_000
        var leaderEpoch = -1
    }

    func fetchBody(
        _ topic: String, _ offset: some BinaryInteger, partition: Int = 0, committed: Bool = false,
        limits: Limits = Limits()
    ) -> Value {
        [
            "maxWait": .init(limits.wait), "minBytes": .init(limits.minBytes),
            "maxBytes": .init(limits.maxBytes), "isolation": committed ? 1 : 0,
            "topics": [
                [
                    "name": .text(topic),
                    "partitions": [
                        [
                            "index": .init(partition), "offset": .init(offset),
                            "maxBytes": .init(limits.partitionMaxBytes),
                            "leaderEpoch": .init(limits.leaderEpoch),
                        ]
                    ],
                ]
            ],
        ]
    }

    /// The answer's part about the partition.
    func fetch(
        _ topic: String, _ offset: some BinaryInteger, partition: Int = 0, committed: Bool = false,
        limits: Limits = Limits(), version: Int16? = nil
    ) throws -> Value {
        let body = fetchBody(
            topic, offset, partition: partition, committed: committed, limits: limits)
        return try ask(.fetch, version, body).topics[0].partitions[0]
    }

    /// Every batch from the offset to the end.
    func batches(
        _ topic: String, from start: Int64 = 0, partition: Int = 0
    ) throws -> [StoredBatch] {
        var (batches, next) = ([StoredBatch](), start)
        while true {
            let part = try fetch(topic, next, partition: partition)
            guard part.error == 0 else { throw Failure.refused("\(part.error)") }
            let more = try StoredBatch.all(part.records.data)
            guard let last = more.last else { return batches }
            batches += more
            next = last.lastOffset + 1
        }
    }

    /// The values of the records from the offset to the end, markers left out.
    func values(_ topic: String, from start: Int64 = 0, partition: Int = 0) throws -> [String?] {
        try batches(topic, from: start, partition: partition).filter { !$0.isControl }
            .flatMap(\.records).filter { $0.offset >= start }.map(\.record.text)
    }

    /// As a client that reads committed records alone: the aborted are left out by the list.
    func committedValues(_ topic: String, partition: Int = 0) throws -> [String?] {
        var (values, next): ([String?], Int64) = ([], 0)
        while true {
            let part = try fetch(topic, next, partition: partition, committed: true)
            guard part.error == 0 else { throw Failure.refused("\(part.error)") }
            let batches = try StoredBatch.all(part.records.data)
            guard let last = batches.last else { return values }
            // Each answer names the aborted transactions of its own batches.
            var waiting = part.aborted.list.sorted { $0.first.int < $1.first.int }
            var aborting: Set<Int64> = []
            for batch in batches {
                while let one = waiting.first, one.first.int <= batch.lastOffset {
                    aborting.insert(one.producer.int)
                    waiting.removeFirst()
                }
                if batch.isControl {
                    aborting.remove(batch.producer)
                } else if batch.attributes & 0x10 == 0 || !aborting.contains(batch.producer) {
                    values += batch.records.map(\.record.text)
                }
            }
            next = last.lastOffset + 1
        }
    }

    // MARK: offsets

    /// -1: the end; -2: the first; else the first record as late as the time.
    func offset(
        _ topic: String, at timestamp: Int64, partition: Int = 0, committed: Bool = false,
        version: Int16? = nil, leaderEpoch: Int = -1
    ) throws -> Value {
        let body: Value = [
            "isolation": committed ? 1 : 0,
            "topics": [
                [
                    "name": .text(topic),
                    "partitions": [
                        [
                            "index": .init(partition), "timestamp": .init(timestamp),
                            "leaderEpoch": .init(leaderEpoch),
                        ]
                    ],
                ]
            ],
        ]
        return try ask(.listOffsets, version, body).topics[0].partitions[0]
    }

    /// Negative where the partition does not answer.
    func end(_ topic: String, _ partition: Int = 0, committed: Bool = false) throws -> Int64 {
        let part = try offset(topic, at: -1, partition: partition, committed: committed)
        return part.error == 0 ? part.offset.int : -1
    }

    func start(_ topic: String, _ partition: Int = 0) throws -> Int64 {
        let part = try offset(topic, at: -2, partition: partition)
        return part.error == 0 ? part.offset.int : -1
    }

    // MARK: requests about one topic

    func place(_ topic: String, _ fields: Value) -> Value {
        .list([["name": .text(topic), "partitions": [fields]]])
    }
}
