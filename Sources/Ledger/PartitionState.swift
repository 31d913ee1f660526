/// Whether a partition is read, or why not.
package enum PartitionState: String, Sendable, CaseIterable {
    case running
    /// Records between the position and the log's start are gone.
    case haltedDataLoss = "halted_data_loss"
    /// The log is not the one that was read before.
    case haltedDiverged = "halted_diverged"
    /// A batch of the log cannot be read.
    case haltedCorrupt = "halted_corrupt"
    /// Too many records in a row could not be counted.
    case haltedDeadLetters = "halted_dead_letters"
}

/// What became of records, as counts.
package struct OutcomeCounts: Hashable, Sendable {
    package var folded: Int64
    package var duplicate: Int64
    package var deadLetter: Int64
    package var skipped: Int64

    package init(
        folded: Int64 = 0, duplicate: Int64 = 0, deadLetter: Int64 = 0, skipped: Int64 = 0
    ) {
        self.folded = folded
        self.duplicate = duplicate
        self.deadLetter = deadLetter
        self.skipped = skipped
    }

    package var total: Int64 { folded + duplicate + deadLetter + skipped }
}

/// By what the last applied record is known again: where it was, its timestamp, a keyed hash of its
/// bytes.
package struct RecordMark: Hashable, Sendable {
    package var offset: Int64
    /// Milliseconds since 1970, as the record has it.
    package var timestampMilliseconds: Int64
    package var hash: Int64

    package init(offset: Int64, timestampMilliseconds: Int64, hash: Int64) {
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.hash = hash
    }
}
