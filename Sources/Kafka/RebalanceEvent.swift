/// The group is about to give or take partitions. Nothing has been assigned or unassigned yet.
package enum RebalanceEvent: Sendable, Equatable {
    case assigned([TopicPartition])
    /// With `lost`, another member may own the partitions already.
    case revoked([TopicPartition], lost: Bool)
}

/// The answer, which then happens.
package enum RebalanceReply: Sendable, Equatable {
    /// Of the assigned partitions, those to read and from where. A halted partition is left out.
    case assign([TopicPartitionOffset])
    /// To a revocation: go ahead.
    case done
}
