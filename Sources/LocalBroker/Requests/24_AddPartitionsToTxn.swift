extension Broker {
    /// All or nothing: where one partition is unknown, none of the others is added.
    func addPartitionsToTxn(_ call: Call, _ request: inout WireReader) throws {
        let claim = try ProducerClaim(&request)
        let asked = try request.byTopic { _ in }
        let added = asked.flatMap { $0.parts.map(\.name) }
        let areKnown = added.allSatisfy { partitions[$0] != nil }
        let error =
            try call.fault
            ?? (areKnown
                ? addToTransaction(claim, partitions: added) : .operationNotAttempted)
        var body = WireWriter(call, throttledFrom: 0)
        body.byTopic(asked) { body, name, _ in
            let isKnown = partitions[name] != nil
            body.write(
                name.partition, isKnown ? error.known(to: call) : .unknownTopicOrPartition)
        }
        answerAfterFlush(call, body)
    }
}
