package import Ledger

/// One instance of the ingest service for one stream: which batch closes when, and what a failure means.
///
/// One batch fills while at most one commits. It closes when the committer is free and there is news, but
/// while the stream is far behind only when it is worth a commit: large, or old.
package struct IngestMachine: Equatable, Sendable {
    package struct Limits: Equatable, Sendable {
        /// Records in a batch.
        package var batchRecordsMax = 500_000
        /// Bytes that a batch may hold in memory.
        package var batchBytesMax = 96 << 20
        /// How long a batch of a stream that is far behind fills before it is committed.
        package var batchAgeMax = Duration.milliseconds(1_000)
        /// From how many unread records on a stream counts as far behind.
        package var farBehindRecords: Int64 = 20_000
        /// The longest that the service waits without looking around.
        package var idleMax = Duration.seconds(1)
        package init() {}
    }

    package enum Action: Equatable, Sendable {
        /// Poll for records, for so long where there are none. The committer's end wakes the poll.
        case poll(wait: Duration)
        /// Hand the open batch to the committer.
        case closeBatch
        /// The open batch is full and the committer busy: wait for the committer.
        case awaitCommit
        /// Write to the ledger that the lane is halted; then tell `haltRecorded`.
        case recordHalt(lane: Int)
        /// Everything in memory is dropped, and the service begins anew from the ledger.
        case restart(reason: String)
    }

    package private(set) var lanes: [PartitionLane]
    package private(set) var isCommitting = false
    private let limits: Limits
    private var records = 0
    private var restartReason: String?

    package init(partitions: Int, limits: Limits = Limits()) {
        self.lanes = Array(repeating: PartitionLane(), count: partitions)
        self.limits = limits
    }

    /// The group gave these partitions. Returns the offset from which a lane is to be read, nil where halted.
    package mutating func claimed(_ lane: Int, _ position: LanePosition) -> NextOffset? {
        grow(to: lane)
        return lanes[lane].claimed(position)
    }

    /// The group takes everything away (assignments are eager): the open batch is dropped, not rushed.
    package mutating func revoked() {
        for lane in lanes.indices { lanes[lane].lost() }
        records = 0
    }

    @inline(__always)
    package mutating func recordArrived(_ lane: Int, offset: Int64) -> PartitionLane.Verdict {
        // Once something was dropped, what follows would leave a hole.
        guard lane < lanes.count, isSound else { return .discard }
        return lanes[lane].recordArrived(offset: offset)
    }

    package mutating func verified(_ lane: Int, hash: Int64) { lanes[lane].verified(hash: hash) }

    @inline(__always)
    package mutating func taken(_ lane: Int, offset: Int64, isDeadLetter: Bool) {
        lanes[lane].taken(offset: offset, isDeadLetter: isDeadLetter)
        records += 1
    }

    package mutating func endReached(_ lane: Int, offset: Int64) {
        guard lane < lanes.count else { return }
        lanes[lane].endReached(offset: offset)
    }

    package mutating func halted(_ lane: Int, _ state: PartitionState, _ detail: String) {
        grow(to: lane)
        lanes[lane].halt(state, detail)
    }

    /// The committer took the open batch.
    package mutating func batchClosed() {
        for lane in lanes.indices where lanes[lane].hasNews { lanes[lane].batchClosed() }
        records = 0
        isCommitting = true
    }

    package mutating func batchCommitted() { isCommitting = false }

    /// The commit failed, or nobody knows whether it did. Whatever is in memory rests on it: begin anew from
    /// the ledger, where the claim waits for the old transaction and reads how it ended.
    package mutating func batchFailed(_ reason: String) {
        isCommitting = false
        restartReason = reason
    }

    package mutating func haltRecorded(_ lane: Int) { lanes[lane].haltRecorded() }

    /// Something besides a commit broke: the ledger or the consumer.
    package mutating func failed(_ reason: String) { restartReason = restartReason ?? reason }

    /// Records of all lanes that came a second time since they were claimed.
    package var deliveredAgain: Int64 { lanes.reduce(0) { $0 + $1.deliveredAgain } }

    /// Some lane waits for an operator's word.
    package var hasRecordedHalt: Bool { lanes.contains(where: \.isHaltedAndRecorded) }

    /// False once everything must begin anew: nothing more may be taken.
    package var isSound: Bool { restartReason == nil }

    /// What to do next.
    /// - Parameters:
    ///   - age: since the first record of the open batch; nil while it is empty.
    ///   - bytes: what the open batch holds in memory.
    ///   - behind: unread records of all lanes, as far as known.
    package func next(age: Duration?, bytes: Int, behind: Int64) -> Action {
        if let restartReason { return .restart(reason: restartReason) }
        let full = records >= limits.batchRecordsMax || bytes >= limits.batchBytesMax
        if isCommitting { return full ? .awaitCommit : .poll(wait: limits.idleMax) }
        // However busy the others are: nobody hears of a halt before it is written.
        if let lane = lanes.firstIndex(where: { $0.hasUnrecordedHalt && !$0.hasNews }) {
            return .recordHalt(lane: lane)
        }
        guard lanes.contains(where: \.hasNews) else { return .poll(wait: limits.idleMax) }
        let age = age ?? .zero
        if full || behind < limits.farBehindRecords || age >= limits.batchAgeMax { return .closeBatch }
        return .poll(wait: limits.batchAgeMax - age)
    }

    private mutating func grow(to lane: Int) {
        while lanes.count <= lane { lanes.append(PartitionLane()) }
    }
}
