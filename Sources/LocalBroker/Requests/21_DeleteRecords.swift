/// Hides the records below an offset, for good.
extension Broker {
    func deleteRecords(_ call: Call, _ request: inout WireReader) throws {
        let asked = try request.array { (topic: inout WireReader) throws(WireFailure) in
            (
                name: try topic.string(),
                parts: try topic.array { (part: inout WireReader) throws(WireFailure) in
                    (index: try part.int32(), offset: try part.int64())
                }
            )
        }
        _ = try request.int32()
        var body = WireWriter()
        body.int32(0)
        body.int32(Int32(asked.count))
        for topic in asked {
            body.string(topic.name)
            body.int32(Int32(topic.parts.count))
            for part in topic.parts {
                let name = TopicPartition(topic: topic.name, partition: part.index)
                let (error, low) = try deleteRecords(name, below: part.offset)
                body.int32(part.index)
                body.int64(low)
                body.error(error)
            }
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
