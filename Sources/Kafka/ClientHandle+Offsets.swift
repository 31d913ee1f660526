internal import CRDKafka

extension ClientHandle {
    /// Offsets by timestamp (milliseconds), or by -2 for the first and -1 for the end, one request
    /// a leader.
    ///
    /// Not `rd_kafka_query_watermark_offsets`: before 2.3 that keeps no deadline.
    func offsets(
        _ times: [TopicPartitionOffset], timeout: Duration
    ) throws(KafkaFailure) -> [TopicPartition: Int64] {
        guard !times.isEmpty else { return [:] }
        let list = PartitionList(times)
        let error = rd_kafka_offsets_for_times(client, list.pointer, milliseconds(timeout))
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaFailure(error) }
        var found: [TopicPartition: Int64] = [:]
        for (partition, offset, error) in list.entries() {
            if error != RD_KAFKA_RESP_ERR_NO_ERROR {
                throw KafkaFailure(
                    error, text: "\(partition): \(String(cString: rd_kafka_err2str(error)))")
            }
            found[partition] = offset
        }
        return found
    }

    /// The end is that of the client's isolation level.
    func watermarks(
        _ partitions: [TopicPartition], timeout: Duration
    ) throws(KafkaFailure) -> [TopicPartition: Watermarks] {
        let clock = ContinuousClock()
        let start = clock.now
        let low = try offsets(
            partitions.map { TopicPartitionOffset($0, offset: Int64(RD_KAFKA_OFFSET_BEGINNING)) },
            timeout: timeout)
        let remaining = max(.milliseconds(1), timeout - start.duration(to: clock.now))
        let high = try offsets(
            partitions.map { TopicPartitionOffset($0, offset: Int64(RD_KAFKA_OFFSET_END)) },
            timeout: remaining)
        var marks: [TopicPartition: Watermarks] = [:]
        for partition in partitions {
            marks[partition] = Watermarks(low: low[partition] ?? 0, high: high[partition] ?? 0)
        }
        return marks
    }
}
