extension Broker {
    static let offsetMetadataBytesMax = 4_096

    func offsetCommit(_ call: Call, _ request: inout WireReader) throws {
        let member = try request.membership(hasInstance: call.version >= 7)
        // How long offsets are kept is the broker's to say.
        if call.version < 5 { _ = try request.int64() }
        let asked = try offsets(&request, hasEpoch: call.version >= 6)
        let isThere = offsets.has(member.group)
        var refusal = call.fault ?? groups.commit(member, hasOffsets: isThere, now: monotonic)
        let isStranger = !isThere && groups.groups[member.group] == nil
        if isStranger && refusal == .none && offsets.groups.count >= settings.limits.groupsMax {
            refusal = .invalidGroupID
        }
        var body = WireWriter(call, throttledFrom: 3)
        try body.byTopic(asked) { body, name, offset in
            var error = refusal
            if error == .none { error = fault(of: offset, for: name) }
            if error == .none {
                try persist(.offset(OffsetKey(group: member.group, partition: name), offset))
            }
            body.write(name.partition, error)
        }
        answerAfterFlush(call, body)
    }

    /// The offsets of this request and of TxnOffsetCommit.
    func offsets(
        _ request: inout WireReader, hasEpoch: Bool
    ) throws -> ByTopic<CommittedOffset> {
        try request.byTopic {
            CommittedOffset(
                offset: try $0.int64(), leaderEpoch: hasEpoch ? try $0.int32() : -1,
                metadata: try $0.nullableString() ?? "", committedAt: wall)
        }
    }

    func fault(of offset: CommittedOffset, for name: TopicPartition) -> ErrorCode {
        if partitions[name] == nil { return .unknownTopicOrPartition }
        let isTooLarge = offset.metadata.utf8.count > Self.offsetMetadataBytesMax
        return isTooLarge ? .offsetMetadataTooLarge : .none
    }
}
