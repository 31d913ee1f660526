extension Broker {
    /// The offsets become the group's with the transaction's end, if it commits.
    func txnOffsetCommit(_ call: Call, _ request: inout WireReader) throws {
        let (id, group) = (try request.string(), try request.string())
        let claim = ProducerClaim(
            transactionalID: id, producerID: try request.int64(), epoch: try request.int16())
        let (hasEpoch, wall) = (call.version >= 2, wall)
        let topics = try request.byTopic { (one: inout WireReader) throws(WireFailure) in
            (
                partition: try one.int32(),
                offset: CommittedOffset(
                    offset: try one.int64(), leaderEpoch: hasEpoch ? try one.int32() : -1,
                    metadata: try one.nullableString() ?? "", committedAt: wall)
            )
        }
        let refusal =
            group.isEmpty ? .invalidGroupID : transactions.refusal(of: claim, group: group)
        var results: [ByTopic<(Int32, ErrorCode)>] = []
        for topic in topics ?? [] {
            var result = ByTopic<(Int32, ErrorCode)>(topic: topic.topic, elements: [])
            for one in topic.elements {
                let name = TopicPartition(topic: topic.topic, partition: one.partition)
                let key = OffsetKey(group: group, partition: name)
                var error = refusal ?? .none
                if partitions[name] == nil {
                    error = .unknownTopicOrPartition
                } else if error == .none {
                    error =
                        one.offset.metadata.utf8.count > Self.offsetMetadataBytesMax
                        ? .offsetMetadataTooLarge : .none
                }
                if error == .none {
                    try persist(.pendingOffset(producerID: claim.producerID, key, one.offset))
                }
                result.elements.append((one.partition, error))
            }
            results.append(result)
        }
        var body = WireWriter(call, throttledFrom: 0)
        body.byTopic(results) { body, _, result in
            body.int32(result.0)
            body.error(result.1)
        }
        answerAfterFlush(call, body)
    }
}
