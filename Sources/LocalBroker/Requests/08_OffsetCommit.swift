extension Broker {
    static let offsetMetadataBytesMax = 4_096

    private struct Committed {
        var partition: Int32
        var offset: CommittedOffset
    }

    func offsetCommit(_ call: Call, _ request: inout WireReader) throws {
        let (group, generation, member) = (
            try request.string(), try request.int32(), try request.string()
        )
        let instance = call.version >= 7 ? try request.nullableString() : nil
        // How long the offsets are kept is the broker's to say.
        if call.version < 5 { _ = try request.int64() }
        let (hasEpoch, wall) = (call.version >= 6, wall)
        let topics = try request.byTopic { (one: inout WireReader) throws(WireFailure) in
            Committed(
                partition: try one.int32(),
                offset: CommittedOffset(
                    offset: try one.int64(), leaderEpoch: hasEpoch ? try one.int32() : -1,
                    metadata: try one.nullableString() ?? "", committedAt: wall))
        }
        var refusal = groups.commit(group, member, instance, generation, now: monotonic)
        if refusal == .illegalGeneration && !groups.isKnown(group) && offsets.has(group) {
            refusal = .unknownMemberID
        }
        if refusal == .none && !groups.isKnown(group) && !offsets.has(group)
            && offsets.groups.count >= settings.limits.groupsMax
        {
            refusal = .invalidGroupID
        }
        var results: [ByTopic<(Int32, ErrorCode)>] = []
        for topic in topics ?? [] {
            var result = ByTopic<(Int32, ErrorCode)>(topic: topic.topic, elements: [])
            for one in topic.elements {
                let partition = TopicPartition(topic: topic.topic, partition: one.partition)
                var error = refusal
                if error == .none && !exists(partition) { error = .unknownTopicOrPartition }
                if error == .none && one.offset.metadata.utf8.count > Self.offsetMetadataBytesMax {
                    error = .offsetMetadataTooLarge
                }
                if error == .none {
                    let key = OffsetKey(group: group, partition: partition)
                    try persist(.offset(key, one.offset))
                }
                result.elements.append((one.partition, error))
            }
            results.append(result)
        }
        var body = WireWriter(call, throttledFrom: 3)
        body.byTopic(results) { writer, _, result in
            writer.int32(result.0)
            writer.error(result.1)
        }
        answerAfterFlush(call, body)
    }
}
