/// One durable fact that is not in the partitions' logs. The state of the broker is what its
/// entries, applied in order, make of nothing; a later entry with the same key replaces an earlier.
enum JournalEntry: Equatable, Sendable {
    /// The broker started for the nth time: the leader epoch of what it appends.
    case started(epoch: Int32)
    /// Created, or changed in partitions or configuration.
    case topic(Topic)
    case topicRemoved(TopicID)
    /// Records below were deleted on request.
    case logStart(TopicID, partition: Int32, offset: Int64)
    /// Producer ids below are given away.
    case producerIDs(next: Int64)
    case transaction(TransactionRecord)
    case transactionRemoved(id: String)
    case offset(OffsetKey, CommittedOffset)
    case offsetRemoved(OffsetKey)
    /// An offset that a transaction will commit, or drop, with its end (the `transaction` entry
    /// whose state is `complete…`).
    case pendingOffset(producerID: Int64, OffsetKey, CommittedOffset)
}

struct OffsetKey: Hashable, Sendable {
    var group: String
    var partition: TopicPartition
}

struct CommittedOffset: Equatable, Sendable {
    var offset: Int64
    var leaderEpoch: Int32
    var metadata: String
    /// Wall clock, milliseconds.
    var committedAt: Int64
}

/// What the coordinator knows of one transactional id.
struct TransactionRecord: Equatable, Sendable {
    enum State: Int8, Sendable {
        case empty, ongoing, prepareCommit, prepareAbort, completeCommit, completeAbort
    }

    var id: String
    var producerID: Int64
    var epoch: Int16
    var timeoutMilliseconds: Int32
    var state: State
    var partitions: [TopicPartition]
    /// Groups whose offsets the transaction commits.
    var groups: [String]
    /// Wall clock, milliseconds; of the last transaction.
    var startedAt: Int64
    var updatedAt: Int64
}
