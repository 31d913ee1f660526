/// Where the records of a leader epoch end: by this a client finds out that the log was truncated.
extension Broker {
    func offsetForLeaderEpoch(_ call: Call, _ request: inout WireReader) throws {
        if call.version >= 3 { _ = try request.int32() }
        var body = WireWriter()
        body.int32(0)
        let asked = try request.array { (topic: inout WireReader) throws(WireFailure) in
            (
                name: try topic.string(),
                parts: try topic.array { (part: inout WireReader) throws(WireFailure) in
                    (index: try part.int32(), known: try part.int32(), epoch: try part.int32())
                }
            )
        }
        body.array(asked) { body, topic in
            body.string(topic.name)
            body.array(topic.parts) { body, part in
                let partition = partitions[TopicPartition(topic: topic.name, partition: part.index)]
                let error =
                    partition == nil ? .unknownTopicOrPartition : epochFault(part.known) ?? .none
                let end =
                    error == .none && part.epoch <= epoch
                    ? partition.flatMap { $0.epochs.end(of: part.epoch, logEnd: $0.highWatermark) }
                    : nil
                body.error(error)
                body.int32(part.index)
                body.int32(end?.epoch ?? -1)
                body.int64(end?.offset ?? -1)
            }
        }
        answer(call, body)
    }
}
