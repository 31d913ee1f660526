internal import CRDKafka

/// An owned list of the C library's partitions.
struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(capacity: Int = 8) {
        pointer = rd_kafka_topic_partition_list_new(Int32(clamping: capacity))
    }

    init(_ partitions: [TopicPartition], offset: Int64) {
        self.init(capacity: partitions.count)
        for partition in partitions {
            rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition)
                .pointee.offset = offset
        }
    }

    init(_ partitions: [TopicPartitionOffset]) {
        self.init(capacity: partitions.count)
        for entry in partitions {
            rd_kafka_topic_partition_list_add(
                pointer, entry.topicPartition.topic, entry.topicPartition.partition
            ).pointee.offset = entry.offset
        }
    }

    deinit { rd_kafka_topic_partition_list_destroy(pointer) }

    /// Each partition with its offset, or the error that the broker answered for it.
    func entries() -> [(TopicPartition, offset: Int64, error: rd_kafka_resp_err_t)] {
        PartitionList.entries(pointer)
    }

    static func entries(
        _ pointer: UnsafePointer<rd_kafka_topic_partition_list_t>
    ) -> [(TopicPartition, offset: Int64, error: rd_kafka_resp_err_t)] {
        (0..<Int(pointer.pointee.cnt)).map { index in
            let element = pointer.pointee.elems[index]
            let name = TopicPartition(
                topic: String(cString: element.topic), partition: element.partition)
            return (name, offset: element.offset, error: element.err)
        }
    }
}

/// Whole milliseconds for a C call, rounded up so that a short wait is not a busy loop.
func milliseconds(_ duration: Duration) -> Int32 {
    let (seconds, attoseconds) = duration.components
    let fraction = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
    return overflow ? .max : Int32(clamping: max(0, scaled &+ fraction))
}
