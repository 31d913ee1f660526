internal import CRDKafka

/// Topics, their settings, and offsets. One thread owns it; each call blocks up to its timeout.
package struct KafkaAdmin: ~Copyable {
    /// Which records the end of a partition counts.
    package enum Isolation: Sendable, CaseIterable {
        /// Up to the first transaction that is still open.
        case committed
        /// Everything that was written.
        case uncommitted
    }

    let committed: ClientHandle
    let uncommitted: ClientHandle
    private var isClosed = false

    package init(settings: KafkaSettings) throws(KafkaFailure) {
        // Consumers, because only they carry an isolation level; they join no group.
        var reading = settings
        reading["isolation.level"] = "read_committed"
        let first = try ClientHandle(RD_KAFKA_CONSUMER, reading, context: nil)
        reading["isolation.level"] = "read_uncommitted"
        let second: ClientHandle
        do {
            second = try ClientHandle(RD_KAFKA_CONSUMER, reading, context: nil)
        } catch {
            first.destroy(within: destroyLimit)
            throw error
        }
        committed = first
        uncommitted = second
    }

    deinit {
        if !isClosed {
            committed.destroy(within: destroyLimit)
            uncommitted.destroy(within: destroyLimit)
        }
    }

    /// First offsets, and ends at the isolation level. Throws when one of them cannot be had in
    /// time.
    package func watermarks(
        _ partitions: [TopicPartition], isolation: Isolation = .committed, timeout: Duration
    ) throws(KafkaFailure) -> [TopicPartition: Watermarks] {
        try (isolation == .committed ? committed : uncommitted)
            .watermarks(partitions, timeout: timeout)
    }

    /// Of each partition the first offset whose record is as late as the time (milliseconds since
    /// 1970); -1 where all are earlier.
    package func offsets(
        forTimes times: [TopicPartition: Int64], timeout: Duration
    ) throws(KafkaFailure) -> [TopicPartition: Int64] {
        try committed.offsets(
            times.map { TopicPartitionOffset($0.key, offset: $0.value) }, timeout: timeout)
    }

    /// The count of a topic's partitions, or nil when there is no such topic.
    package func partitions(of topic: String, timeout: Duration) throws(KafkaFailure) -> Int? {
        try committed.metadata(topic: topic, timeout: timeout)[topic]
    }

    /// Every topic with the count of its partitions, internal ones too.
    package func topics(timeout: Duration) throws(KafkaFailure) -> [String: Int] {
        try committed.metadata(topic: nil, timeout: timeout)
    }

    /// What the cluster calls itself; nil where it did not say so in time.
    package func clusterID(timeout: Duration) -> String? {
        guard let text = rd_kafka_clusterid(committed.client, milliseconds(timeout)) else { return nil }
        defer { rd_kafka_mem_free(committed.client, text) }
        return String(cString: text)
    }

    /// False when the library took longer than the deadline.
    @discardableResult
    package mutating func close(within limit: Duration) -> Bool {
        guard !isClosed else { return true }
        isClosed = true
        let first = committed.destroy(within: limit)
        return uncommitted.destroy(within: limit) && first
    }
}
