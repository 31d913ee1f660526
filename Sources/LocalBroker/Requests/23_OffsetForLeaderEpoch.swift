/// Where the records of a leader epoch end: by this a client finds out that the log was truncated.
extension Broker {
    func offsetForLeaderEpoch(_ call: Call, _ request: inout WireReader) throws {
        if call.version >= 3 { _ = try request.int32() }
        let asked = try request.byTopic { (known: try $0.int32(), epoch: try $0.int32()) }
        var body = WireWriter(call, throttledFrom: 0)
        body.byTopic(asked) { body, name, part in
            let partition = partitions[name]
            let error =
                partition == nil ? .unknownTopicOrPartition : epochFault(part.known) ?? .none
            let end =
                error == .none && part.epoch <= epoch
                ? partition.flatMap { $0.epochs.end(of: part.epoch, logEnd: $0.highWatermark) }
                : nil
            body.write(error, name.partition, end?.epoch ?? -1, end?.offset ?? -1)
        }
        answer(call, body)
    }
}
