extension Broker {
    func offsetDelete(_ call: Call, _ request: inout WireReader) throws {
        let name = try request.string()
        let topics = try request.partitions() ?? []
        let group = groups.groups[name]
        let isConsumer = group?.protocolType == "consumer"
        var refusal = ErrorCode.none
        if group == nil && !offsets.has(name) { refusal = .groupIDNotFound }
        if let group, group.state != .empty && !isConsumer { refusal = .nonEmptyGroup }
        let subscribed = isConsumer ? Set(group?.members.flatMap(\.request.topics) ?? []) : []
        var body = WireWriter()
        body.error(refusal)
        body.int32(0)
        try body.byTopic(refusal == .none ? topics : []) { writer, topic, partition in
            let key = OffsetKey(
                group: name, partition: TopicPartition(topic: topic, partition: partition))
            writer.int32(partition)
            if partitions[key.partition] == nil {
                writer.error(.unknownTopicOrPartition)
            } else if subscribed.contains(topic) {
                writer.error(.groupSubscribedToTopic)
            } else {
                if offsets[name, key.partition] != nil { try persist(.offsetRemoved(key)) }
                writer.error(.none)
            }
        }
        answerAfterFlush(call, body)
    }
}
