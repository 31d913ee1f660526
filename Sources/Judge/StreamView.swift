package import Contracts
package import Ledger

/// What one snapshot of the ledger says of a stream: how far its partitions are, and what came
/// since the snapshot before.
package struct StreamView: Sendable, Equatable {
    package struct Partition: Sendable, Equatable {
        package var topicPartition: Int32
        package var topic: String
        package var partition: Int32
        package var generation: Int32
        package var nextOffset: Int64
        /// Event time up to which the partition is complete. Nil before its first event.
        package var watermark: Instant?
        package var isHalted: Bool
        /// The last commit had read the partition to its end.
        package var isAtEnd: Bool
        /// Nothing was ever committed.
        package var isUnread: Bool
        /// Wall time since the last commit, or since the claim.
        package var age: Duration

        package init(
            topicPartition: Int32, topic: String, partition: Int32, generation: Int32,
            nextOffset: Int64, watermark: Instant?, isHalted: Bool, isAtEnd: Bool, isUnread: Bool,
            age: Duration
        ) {
            self.topicPartition = topicPartition
            self.topic = topic
            self.partition = partition
            self.generation = generation
            self.nextOffset = nextOffset
            self.watermark = watermark
            self.isHalted = isHalted
            self.isAtEnd = isAtEnd
            self.isUnread = isUnread
            self.age = age
        }
    }

    /// One commit's change of one subject in one hour.
    package struct Touch: Sendable, Equatable {
        package var topicPartition: Int32
        package var generation: Int32
        package var nextOffset: Int64
        /// A metric or an indicator.
        package var subject: String
        package var hour: Instant
        /// 1 additions, 2 corrections or withdrawals, 3 both.
        package var kinds: Int16

        package init(
            topicPartition: Int32, generation: Int32, nextOffset: Int64, subject: String,
            hour: Instant, kinds: Int16
        ) {
            self.topicPartition = topicPartition
            self.generation = generation
            self.nextOffset = nextOffset
            self.subject = subject
            self.hour = hour
            self.kinds = kinds
        }
    }

    /// Of the live generation, by topic and partition.
    package var partitions: [Partition]
    package var touches: [Touch]
    /// Rows that the touches came from.
    package var touchRows: Int
    /// Touches were let go that somebody saw: what is there is not all that ever came.
    package var hasForgotten = false

    package init(partitions: [Partition], touches: [Touch] = [], touchRows: Int = 0) {
        self.partitions = partitions
        self.touches = touches
        self.touchRows = touchRows
    }

    package var positions: Judgement.Positions {
        var positions = Judgement.Positions()
        for partition in partitions {
            positions.append(
                topicPartition: partition.topicPartition, generation: partition.generation,
                offset: partition.nextOffset)
        }
        return positions
    }
}
