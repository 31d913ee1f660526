extension Broker {
    /// The offsets become the group's with the transaction's end, if it commits.
    func txnOffsetCommit(_ call: Call, _ request: inout WireReader) throws {
        let (id, group): (String, String) = try request.read()
        let claim = ProducerClaim(
            transactionalID: id, producerID: try request.int64(), epoch: try request.int16())
        let asked = try offsets(&request, hasEpoch: call.version >= 2)
        let refusal =
            call.fault
            ?? (group.isEmpty ? .invalidGroupID : transactions.refusal(of: claim, group: group))
        var body = WireWriter(call, throttledFrom: 0)
        try body.byTopic(asked) { body, name, offset in
            var error = fault(of: offset, for: name)
            if let refusal, error != .unknownTopicOrPartition { error = refusal }
            if error == .none {
                let key = OffsetKey(group: group, partition: name)
                try persist(.pendingOffset(producerID: claim.producerID, key, offset))
            }
            body.write(name.partition, error)
        }
        answerAfterFlush(call, body)
    }
}
