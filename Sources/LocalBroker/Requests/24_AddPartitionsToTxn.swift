extension Broker {
    /// All or nothing: where one partition is unknown, none of the others is added.
    func addPartitionsToTxn(_ call: Call, _ request: inout WireReader) throws {
        let (claim, topics) = (try ProducerClaim(&request), try request.partitions() ?? [])
        let added = topics.flatMap { topic in
            topic.elements.map { TopicPartition(topic: topic.topic, partition: $0) }
        }
        let areKnown = added.allSatisfy { partitions[$0] != nil }
        let error =
            areKnown ? try addToTransaction(claim, partitions: added) : .operationNotAttempted
        var body = WireWriter(call, throttledFrom: 0)
        body.byTopic(topics) { body, topic, partition in
            let isKnown = partitions[TopicPartition(topic: topic, partition: partition)] != nil
            body.int32(partition)
            body.error(isKnown ? error.known(to: call) : .unknownTopicOrPartition)
        }
        answerAfterFlush(call, body)
    }
}
