import LocalBroker

/// A producer as the protocol knows it.
struct TestProducer {
    var transaction: String?
    var id: Int64
    var epoch: Int64
    /// Of the next batch to a partition, by hand.
    var sequence: Int32 = 0

    /// A batch of this producer, in its transaction where it has an id for one.
    mutating func batch(_ values: [String]) -> TestBatch {
        defer { sequence += Int32(values.count) }
        let isTransactional = transaction != nil
        return TestBatch(values, producer: id, epoch: Int16(epoch), sequence: sequence)
            .with { $0.isTransactional = isTransactional }
    }

    var fields: [String: Value] {
        ["txn": .text(transaction ?? ""), "producer": .int(id), "epoch": .int(epoch)]
    }

    /// The request's fields with this producer's.
    func saying(_ more: [String: Value] = [:]) -> Value {
        .fields(fields.merging(more, uniquingKeysWith: { $1 }))
    }
}

extension Conversation {
    func initProducer(
        _ transaction: String? = nil, timeout: Int = 60_000, version: Int16? = nil
    ) throws -> Value {
        try askAgain(
            .initProducerID, version,
            ["txn": transaction.map(Value.text) ?? .null, "timeout": .init(timeout)])
    }

    func makeProducer(_ transaction: String? = nil, timeout: Int = 60_000) throws -> TestProducer {
        let answer = try initProducer(transaction, timeout: timeout)
        guard answer.error == 0 else { throw Failure.refused("\(answer)") }
        return TestProducer(
            transaction: transaction, id: answer.producer.int, epoch: answer.epoch.int)
    }

    /// CONCURRENT_TRANSACTIONS and a coordinator that is loading mean: ask again.
    func askAgain(_ api: API, _ version: Int16? = nil, _ body: Value) throws -> Value {
        var answer = Value.null
        try waitUntil("\(api) is not asked for again") {
            answer = try ask(api, version, body)
            let code = answer.topics == .null ? answer.error : answer.topics[0].partitions[0].error
            return ![51, 14, 15, 16].contains(code)
        }
        return answer
    }

    func addPartitions(
        _ producer: TestProducer, _ places: [(String, [Int])], version: Int16? = nil
    ) throws -> Value {
        let topics = places.map { topic, partitions in
            Value.fields([
                "name": .text(topic), "partitions": .list(partitions.map { Value($0) }),
            ])
        }
        return try askAgain(
            .addPartitionsToTxn, version, producer.saying(["topics": .list(topics)]))
    }

    /// Adds the partition to the transaction and writes there.
    @discardableResult
    func write(
        _ producer: inout TestProducer, _ topic: String, _ values: [String], partition: Int = 0
    ) throws -> Value {
        if producer.transaction != nil {
            let added = try addPartitions(producer, [(topic, [partition])])
            guard added.topics[0].partitions[0].error == 0 else {
                throw Failure.refused("\(added)")
            }
        }
        let part = try produce(
            topic, producer.batch(values), partition: partition, transaction: producer.transaction)
        guard part.error == 0 else { throw Failure.refused("\(part)") }
        return part
    }

    /// The error code.
    func end(_ producer: TestProducer, commit: Bool, version: Int16? = nil) throws -> Value {
        try askAgain(.endTxn, version, producer.saying(["commit": .init(commit ? 1 : 0)])).error
    }

    /// Ends the transaction and waits for its markers.
    func finish(_ producer: TestProducer, commit: Bool, _ topic: String) throws {
        let code = try end(producer, commit: commit)
        guard code == 0 else { throw Failure.refused("\(code)") }
        try awaitMarkers(topic)
    }

    func awaitMarkers(_ topic: String, partition: Int = 0) throws {
        try waitUntil("no transaction is open in \(topic)") {
            try end(topic, partition) == end(topic, partition, committed: true)
        }
    }
}
