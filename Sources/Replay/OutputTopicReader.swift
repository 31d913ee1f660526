package import Kafka

/// Reads an output topic as a consumer of committed records does, from its start to its end.
package enum OutputTopicReader {
    package struct Record: Sendable {
        package var partition: Int32
        package var offset: Int64
        package var key: String?
        package var value: String?
        package var timestampMilliseconds: Int64
        /// The last value of each header, as text: ours stand behind the record's own.
        package var headers: [String: String]
    }

    /// Calls the body with each record in the order of its partition. Throws `SecondFoldFailure`
    /// where it cannot be read.
    /// True when nothing was taken from the topic's beginning.
    @discardableResult
    package static func read(
        _ topic: String, partitions: Int, settings: KafkaSettings, _ body: (Record) -> Void
    ) throws -> Bool {
        var consumer = try KafkaConsumer(settings: settings)
        var open = Set((0..<partitions).map { Int32($0) })
        var starts: [TopicPartitionOffset] = []
        for partition in open.sorted() {
            let place = TopicPartition(topic: topic, partition: partition)
            let marks = try consumer.watermarks(
                topic: topic, partition: partition, timeout: .seconds(10))
            starts.append(TopicPartitionOffset(place, offset: marks.low))
        }
        try consumer.assign(starts)
        var failure: SecondFoldFailure?
        while !open.isEmpty && failure == nil {
            _ = consumer.poll(max: 5_000, timeout: .seconds(1)) { event in
                switch event {
                case .record(let record): body(copy(record))
                case .endOfPartition(let place, _): open.remove(place.partition)
                case .failure(let place, let failed) where place != nil || failed.isFatal:
                    failure = failure ?? SecondFoldFailure(message: "\(topic): \(failed)")
                case .failure: break
                }
            }
        }
        consumer.close(within: .seconds(5))
        if let failure { throw failure }
        return starts.allSatisfy { $0.offset == 0 }
    }

    private static func copy(_ record: borrowing KafkaRecord) -> Record {
        let headers = record.withHeaders { views in
            var found: [String: String] = [:]
            for view in views {
                let name = String(decoding: view.name, as: UTF8.self)
                found[name] = view.value.map { String(decoding: $0, as: UTF8.self) } ?? ""
            }
            return found
        }
        return Record(
            partition: record.partition, offset: record.offset,
            key: record.key.map { String(decoding: $0, as: UTF8.self) },
            value: record.value.map { String(decoding: $0, as: UTF8.self) },
            timestampMilliseconds: record.timestampMilliseconds, headers: headers)
    }
}
