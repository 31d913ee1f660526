extension Broker {
    func offsetDelete(_ call: Call, _ request: inout WireReader) throws {
        let name = try request.string()
        let topics = try request.partitions() ?? []
        let group = groups.groups[name]
        var refusal = group == nil && !offsets.has(name) ? ErrorCode.groupIDNotFound : .none
        if let group, group.state != .empty && group.protocolType != "consumer" {
            refusal = .nonEmptyGroup
        }
        var body = WireWriter()
        body.error(refusal)
        body.int32(0)
        var errors: [TopicPartition: ErrorCode] = [:]
        for topic in topics where refusal == .none {
            let isSubscribed = group?.isSubscribed(to: topic.topic) ?? false
            for partition in topic.elements {
                let one = TopicPartition(topic: topic.topic, partition: partition)
                if !exists(one) {
                    errors[one] = .unknownTopicOrPartition
                } else if isSubscribed {
                    errors[one] = .groupSubscribedToTopic
                } else if offsets[name, one] != nil {
                    try persist(.offsetRemoved(OffsetKey(group: name, partition: one)))
                }
            }
        }
        body.byTopic(refusal == .none ? topics : []) { writer, topic, partition in
            let one = TopicPartition(topic: topic, partition: partition)
            writer.int32(partition)
            writer.error(errors[one] ?? .none)
        }
        answerAfterFlush(call, body)
    }
}
