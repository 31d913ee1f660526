/// One partition of a topic.
package struct TopicPartition: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var topic: String
    package var partition: Int32

    package init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    package static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }

    package var description: String { "\(topic)/\(partition)" }
}

/// Where to start reading a partition, or the next offset of it.
package struct TopicPartitionOffset: Hashable, Sendable, CustomStringConvertible {
    package var topicPartition: TopicPartition
    /// The offset of the next record. Never a logical one such as "end": positions live in the
    /// ledger.
    package var offset: Int64

    package init(_ topicPartition: TopicPartition, offset: Int64) {
        self.topicPartition = topicPartition
        self.offset = offset
    }

    package init(topic: String, partition: Int32, offset: Int64) {
        self.init(TopicPartition(topic: topic, partition: partition), offset: offset)
    }

    package var description: String { "\(topicPartition)@\(offset)" }
}

/// The first offset that a partition still holds, and the one after its last.
package struct Watermarks: Hashable, Sendable {
    package var low: Int64
    package var high: Int64

    package init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }
}
