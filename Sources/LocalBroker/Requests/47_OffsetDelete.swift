extension Broker {
    func offsetDelete(_ call: Call, _ request: inout WireReader) throws {
        let name = try request.string()
        let asked = try request.byTopic { _ in }
        let group = groups.groups[name]
        let isConsumer = group?.protocolType == "consumer"
        var refusal = ErrorCode.none
        if group == nil && !offsets.has(name) { refusal = .groupIDNotFound }
        if let group, group.state != .empty && !isConsumer { refusal = .nonEmptyGroup }
        let subscribed = isConsumer ? Set(group?.members.flatMap(\.request.topics) ?? []) : []
        var body = WireWriter()
        body.write(refusal, Int32(0))
        try body.byTopic(refusal == .none ? asked : []) { body, partition, _ in
            var error = ErrorCode.none
            if partitions[partition] == nil {
                error = .unknownTopicOrPartition
            } else if subscribed.contains(partition.topic) {
                error = .groupSubscribedToTopic
            } else if offsets[name, partition] != nil {
                try persist(.offsetRemoved(OffsetKey(group: name, partition: partition)))
            }
            body.write(partition.partition, error)
        }
        answerAfterFlush(call, body)
    }
}
