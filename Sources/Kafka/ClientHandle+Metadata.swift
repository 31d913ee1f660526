internal import CRDKafka

extension ClientHandle {
    /// Topics with the count of their partitions: one (none when it does not exist), or all.
    func metadata(topic: String?, timeout: Duration) throws(KafkaFailure) -> [String: Int] {
        let local = topic.flatMap { self.topic($0) }
        var answer: UnsafePointer<rd_kafka_metadata>?
        let error = rd_kafka_metadata(
            client, topic == nil ? 1 : 0, local, &answer, milliseconds(timeout))
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR, let answer else { throw KafkaFailure(error) }
        defer { rd_kafka_metadata_destroy(answer) }
        var counts: [String: Int] = [:]
        for index in 0..<Int(answer.pointee.topic_cnt) {
            let entry = answer.pointee.topics[index]
            switch entry.err {
            case RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
                counts[String(cString: entry.topic)] = Int(entry.partition_cnt)
            case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: continue
            default: throw KafkaFailure(entry.err)
            }
        }
        return counts
    }
}
