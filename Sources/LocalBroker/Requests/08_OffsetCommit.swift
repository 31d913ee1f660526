extension Broker {
    static let offsetMetadataBytesMax = 4_096

    func offsetCommit(_ call: Call, _ request: inout WireReader) throws {
        let member = try request.membership(hasInstance: call.version >= 7)
        // How long offsets are kept is the broker's to say.
        if call.version < 5 { _ = try request.int64() }
        let (hasEpoch, wall) = (call.version >= 6, wall)
        let topics = try request.byTopic { (one: inout WireReader) throws(WireFailure) in
            (
                try one.int32(),
                CommittedOffset(
                    offset: try one.int64(), leaderEpoch: hasEpoch ? try one.int32() : -1,
                    metadata: try one.nullableString() ?? "", committedAt: wall)
            )
        }
        let isThere = offsets.has(member.group)
        var refusal = groups.commit(member, hasOffsets: isThere, now: monotonic)
        let isStranger = !isThere && groups.groups[member.group] == nil
        if isStranger && refusal == .none && offsets.groups.count >= settings.limits.groupsMax {
            refusal = .invalidGroupID
        }
        var body = WireWriter(call, throttledFrom: 3)
        try body.byTopic(topics ?? []) { writer, topic, one in
            let partition = TopicPartition(topic: topic, partition: one.0)
            var error = refusal
            if error == .none && partitions[partition] == nil { error = .unknownTopicOrPartition }
            if error == .none && one.1.metadata.utf8.count > Self.offsetMetadataBytesMax {
                error = .offsetMetadataTooLarge
            }
            if error == .none {
                try persist(.offset(OffsetKey(group: member.group, partition: partition), one.1))
            }
            writer.int32(one.0)
            writer.error(error)
        }
        answerAfterFlush(call, body)
    }
}
