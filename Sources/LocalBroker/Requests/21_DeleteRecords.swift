/// Hides the records below an offset, for good.
extension Broker {
    func deleteRecords(_ call: Call, _ request: inout WireReader) throws {
        let asked = try request.byTopic { try $0.int64() }
        _ = try request.int32()
        var body = WireWriter(call, throttledFrom: 0)
        try body.byTopic(asked) { body, name, offset in
            let (error, low) = try deleteRecords(name, below: offset)
            body.write(name.partition, low, error)
        }
        answerAfterFlush(call, body)
    }

    private func deleteRecords(
        _ name: TopicPartition, below asked: Int64
    ) throws -> (error: ErrorCode, low: Int64) {
        guard let partition = partitions[name] else { return (.unknownTopicOrPartition, -1) }
        if partition.settings.isCompacted && !partition.settings.isDeleted {
            return (.policyViolation, -1)
        }
        let offset = asked == -1 ? partition.highWatermark : asked
        guard 0...partition.highWatermark ~= offset else { return (.offsetOutOfRange, -1) }
        if offset > partition.startOffset {
            try persist(.logStart(partition.topicID, partition: name.partition, offset: offset))
            partition.deleteRecords(below: offset)
        }
        return (.none, partition.startOffset)
    }
}
