internal import Aggregates
package import Kafka
package import Ledger

/// Whether a topic's log is still whole, and still the one that the ledger was made from: by the
/// last record that was applied of each partition, as ingest checks it after a claim.
package struct LogCheck {
    /// How long the broker may say nothing, in polls of a second.
    static let silenceMax = 30

    private let topic: String
    private let key: [UInt8]
    private let settings: KafkaSettings

    /// `key`: of the hashes of last applied records.
    package init(topic: String, key: [UInt8], settings: KafkaSettings) {
        self.topic = topic
        self.key = key
        self.settings = settings
    }

    /// Nil where everything up to the offsets can be read again, else what speaks against it.
    /// Throws where the broker cannot be asked.
    package func objection(_ extents: [SecondFold.Extent], marks: [Int32: RecordMark]) throws
        -> String?
    {
        var consumer = try KafkaConsumer(settings: settings)
        defer { consumer.close(within: .seconds(5)) }
        var starts: [TopicPartitionOffset] = []
        for extent in extents {
            let place = "\(topic)/\(extent.partition)"
            let ends: Watermarks
            do throws(KafkaFailure) {
                ends = try consumer.watermarks(
                    topic: topic, partition: extent.partition, timeout: .seconds(10))
            } catch {
                guard ["UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_PARTITION"].contains(error.code) else {
                    throw error
                }
                return "\(place) is not there any more"
            }
            let isGone = ends.low > 0 && !extent.passedOver.contains { $0.contains(0..<ends.low) }
            if isGone, extent.nextOffset > 0 {
                return "the log of \(place) does not reach back: it begins at offset \(ends.low), "
                    + "what was before is gone (retention)"
            }
            let counted = max(extent.nextOffset, marks[extent.partition].map { $0.offset + 1 } ?? 0)
            if ends.high < counted {
                return "the log of \(place) ends at offset \(ends.high), and was counted up to "
                    + "\(counted): the topic was recreated, or cut off"
            }
            if let mark = marks[extent.partition], mark.offset >= ends.low {
                starts.append(
                    TopicPartitionOffset(
                        topic: topic, partition: extent.partition, offset: mark.offset))
            }
        }
        return try otherRecord(starts, marks, &consumer)
    }

    private func otherRecord(
        _ starts: [TopicPartitionOffset], _ marks: [Int32: RecordMark],
        _ consumer: inout KafkaConsumer
    ) throws -> String? {
        guard let fingerprinter = Fingerprinter(key: key), !starts.isEmpty else { return nil }
        try consumer.assign(starts)
        var open = Set(starts.map(\.topicPartition.partition))
        var objection: String?
        var failure: SecondFoldFailure?
        var silence = 0
        let latest = LatestRecord()
        while !open.isEmpty, objection == nil, failure == nil {
            let count = consumer.poll(max: 1_000, timeout: .seconds(1)) { event in
                switch event {
                case .record(let record):
                    guard open.remove(record.partition) != nil, let mark = marks[record.partition]
                    else { return }
                    latest.keep(
                        key: record.key, value: record.value,
                        timestamp: record.timestampMilliseconds)
                    let hash = Int64(bitPattern: fingerprinter.hash(latest.content))
                    if record.offset != mark.offset || hash != mark.hash {
                        objection =
                            "another record stands at offset \(mark.offset) of "
                            + "\(topic)/\(record.partition) than the one that was counted: "
                            + "the topic was recreated"
                    }
                case .endOfPartition(let place, _): open.remove(place.partition)
                case .failure(let place, let failed) where place != nil || failed.isFatal:
                    failure = failure ?? SecondFoldFailure(message: "\(topic): \(failed)")
                case .failure: break
                }
            }
            silence = count == 0 ? silence + 1 : 0
            if silence == Self.silenceMax { failure = .silent(topic) }
        }
        if let failure { throw failure }
        return objection
    }
}

extension SecondFoldFailure {
    static func silent(_ topic: String) -> SecondFoldFailure {
        SecondFoldFailure(
            message: "\(topic): the broker sent nothing for \(LogCheck.silenceMax) s")
    }
}
