package import Ledger

/// One partition of a stream on this instance, from its claim to its loss: decides which records count.
///
///     unclaimed ─▶ verifying ─▶ running ─▶ (unclaimed | halted)
///                      └──────────────────▶ halted
///
/// A lane that was claimed with a last applied record reads that record again before anything else: a topic
/// that was recreated under the same name shows there, and nowhere else (librdkafka 2.0.2 knows no topic ids).
package struct PartitionLane: Equatable, Sendable {
    package enum State: Equatable, Sendable {
        /// Not ours. Next: verifying, running or halted.
        case unclaimed
        /// The record at `offset` must hash to `hash`. Next: running or halted.
        case verifying(offset: Int64, hash: Int64)
        /// Records are taken. Next: unclaimed or halted.
        case running
        /// Nothing is taken until an operator resumes it in the ledger. Next: unclaimed.
        case halted(Halt)
    }

    /// Why a partition stands still.
    package struct Halt: Equatable, Sendable {
        /// One of the halted states.
        package var state: PartitionState
        package var detail: String

        package init(_ state: PartitionState, detail: String) {
            self.state = state
            self.detail = detail
        }
    }

    /// What to do with a record.
    package enum Verdict: Equatable, Sendable {
        /// Decode it and count it.
        case take
        /// It is the last applied record: compare its hash, then tell `verified`.
        case compare
        /// Delivered before, or not ours: pass over it.
        case discard
    }

    package private(set) var state: State = .unclaimed
    /// The ledger's id of the topic partition; zero while unclaimed.
    package private(set) var topicPartition: Int32 = 0
    package private(set) var generation: Int32 = 0
    package private(set) var term: Int64 = 0
    /// What the ledger will hold once all that was handed to the committer is committed.
    package private(set) var closedOffset: NextOffset = NextOffset(0)
    /// The offset after the last record taken into the open batch.
    package private(set) var nextOffset: NextOffset = NextOffset(0)
    /// True when the partition was read to its end after the last record taken.
    package private(set) var atEnd = false
    /// What the ledger was last told about `atEnd`, or will be by the batch under way.
    package private(set) var closedAtEnd = false
    /// Records that were delivered a second time. librdkafka has had several such faults.
    package private(set) var deliveredAgain: Int64 = 0
    /// A halt that the ledger does not know of yet. It is written once all that was taken is committed.
    package private(set) var hasUnrecordedHalt = false
    private var breaker = DeadLetterBreaker()

    package init() {}

    package var isActive: Bool {
        switch state {
        case .running, .verifying: true
        case .unclaimed, .halted: false
        }
    }

    /// Halted, and the ledger knows it: only an operator's word moves it.
    package var isHaltedAndRecorded: Bool {
        if case .halted = state { return !hasUnrecordedHalt }
        return false
    }

    /// True when the open batch has something to say about this lane.
    package var hasNews: Bool {
        switch state {
        case .unclaimed, .verifying: false
        // What was taken before the halt still counts.
        case .halted: nextOffset != closedOffset
        case .running: nextOffset != closedOffset || atEnd != closedAtEnd
        }
    }

    /// The partition was claimed. Returns the offset to read from, or nil where the ledger says it is halted.
    package mutating func claimed(_ position: LanePosition) -> NextOffset? {
        self = PartitionLane()
        topicPartition = position.topicPartition
        generation = position.generation
        term = position.term
        nextOffset = position.nextOffset
        closedOffset = position.nextOffset
        closedAtEnd = position.atEnd
        if let halt = position.halt {
            state = .halted(halt)
            return nil
        }
        guard let last = position.lastApplied else {
            state = .running
            return nextOffset
        }
        state = .verifying(offset: last.offset, hash: last.hash)
        return NextOffset(last.offset)
    }

    /// A record of this partition arrived.
    package mutating func recordArrived(offset: Int64) -> Verdict {
        switch state {
        case .unclaimed, .halted:
            return .discard
        case .verifying(let expected, _):
            if offset == expected { return .compare }
            if offset < expected { return .discard }
            halt(
                .haltedDiverged,
                "the last applied record, offset \(expected), is gone; the next one found is \(offset)")
            return .discard
        case .running:
            if offset < nextOffset.value {
                deliveredAgain += 1
                return .discard
            }
            return .take
        }
    }

    /// The record of `.compare` was hashed.
    package mutating func verified(hash: Int64) {
        guard case .verifying(let offset, let expected) = state else { return }
        if hash == expected {
            state = .running
        } else {
            halt(
                .haltedDiverged,
                "the record at offset \(offset) is not the one that was applied: the topic was recreated or rewritten")
        }
    }

    /// The record of `.take` went into the open batch.
    package mutating func taken(offset: Int64, isDeadLetter: Bool) {
        nextOffset = NextOffset(offset + 1)
        atEnd = false
        if breaker.recorded(isDeadLetter: isDeadLetter) {
            halt(
                .haltedDeadLetters,
                "\(DeadLetterBreaker.deadMax) of the last \(DeadLetterBreaker.window) records were dead letters, up to offset \(offset)")
        }
    }

    /// The consumer read up to the end of the partition; `offset` is where the next record will be.
    package mutating func endReached(offset: Int64) {
        switch state {
        case .unclaimed, .halted:
            return
        case .verifying(let expected, _):
            halt(
                .haltedDiverged,
                "the partition ends at offset \(offset), before the last applied record at \(expected)")
        case .running:
            // Control records pass without being delivered: the end tells how far.
            if offset > nextOffset.value { nextOffset = NextOffset(offset) }
            atEnd = true
        }
    }

    /// The partition cannot be read on; records behind the fault must not be taken.
    package mutating func halt(_ state: PartitionState, _ detail: String) {
        guard isActive else { return }
        self.state = .halted(Halt(state, detail: detail))
        hasUnrecordedHalt = true
    }

    /// The ledger knows of the halt.
    package mutating func haltRecorded() { hasUnrecordedHalt = false }

    /// The open batch was handed to the committer.
    package mutating func batchClosed() {
        closedOffset = nextOffset
        closedAtEnd = atEnd
    }

    /// The group took the partition away, or everything begins anew.
    package mutating func lost() { self = PartitionLane() }
}

/// The offset of the next record to read: one past the last. Nowhere a bare integer.
package struct NextOffset: Hashable, Sendable {
    package var value: Int64
    package init(_ value: Int64) { self.value = value }
}

/// What a claim found in the ledger, as far as a lane needs it.
package struct LanePosition: Equatable, Sendable {
    package var topicPartition: Int32
    package var generation: Int32
    package var term: Int64
    package var nextOffset: NextOffset
    package var lastApplied: RecordMark?
    package var atEnd: Bool
    package var halt: PartitionLane.Halt?

    package init(
        topicPartition: Int32, generation: Int32, term: Int64, nextOffset: NextOffset,
        lastApplied: RecordMark?, atEnd: Bool, halt: PartitionLane.Halt?
    ) {
        self.topicPartition = topicPartition
        self.generation = generation
        self.term = term
        self.nextOffset = nextOffset
        self.lastApplied = lastApplied
        self.atEnd = atEnd
        self.halt = halt
    }

    package init(_ position: LedgerPosition) {
        self.init(
            topicPartition: position.topicPartition, generation: position.generation,
            term: position.term, nextOffset: NextOffset(position.nextOffset),
            lastApplied: position.last, atEnd: position.atEnd,
            halt: position.state == .running
                ? nil : PartitionLane.Halt(position.state, detail: position.stateDetail))
    }
}

/// Trips when half of the last thousand records of a partition were dead letters: a producer that changed its
/// schema must not drain a topic into the dead letters.
struct DeadLetterBreaker: Equatable, Sendable {
    static let window = 1_000
    static let deadMax = 500

    private var seen = 0
    private var dead = 0
    private var deadBefore = 0

    /// Counts one record in half-window steps. True when the breaker trips.
    mutating func recorded(isDeadLetter: Bool) -> Bool {
        seen += 1
        if isDeadLetter { dead += 1 }
        if seen == Self.window / 2 {
            deadBefore = dead
            seen = 0
            dead = 0
        }
        return dead + deadBefore >= Self.deadMax
    }
}
