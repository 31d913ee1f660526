package import Kafka
package import Ledger

/// Decides what the relay does next. The shell does it and says what came of it; each answer
/// belongs to the action before it, and any other is a bug of ours and traps.
///
///     connecting → opening → resolving → fetching ⇄ recording → publishing → fetching
///         ↑                                  ↓ ↑
///     standing by, backing off            settling → idle → fetching
///         ↑
///     halted ← halting ← any
package struct RelayMachine {
    package enum Action: Equatable, Sendable {
        /// Get a connection where there is none, take the lease and read the relay's rows.
        case connect
        /// Someone else holds the lease: wait until it may be free.
        case standBy
        /// Build a producer, which fences whoever had the same id and ends what it left open.
        case openProducer
        /// Read the tails of the outputs from the intent's ends, and the intent's rows.
        case examine(RelayIntent?)
        /// Look for rows behind the marks.
        case fetch(marks: [RelayShard: Int64])
        /// One transaction of the ledger: marks of what was published, and what will be.
        case record(marks: [RelayShard: Int64], intent: RelayIntent)
        /// The batch in one transaction of Kafka.
        case publish
        /// Marks alone; the intent is done with.
        case settle(marks: [RelayShard: Int64])
        /// Wait for a notification, or until the lease wants to be renewed.
        case wait
        case renew
        /// Let go of the producer, or of everything, and wait before the next attempt (counted from
        /// 1).
        case backOff(attempt: Int, everything: Bool)
        /// Say so in the ledger.
        case halt(RelayHalt)
        /// Hold nothing and wait until an operator says in the ledger that the relay goes on.
        case awaitResume(String)
        case end
    }

    private enum State: Equatable {
        case connecting
        case standingBy
        case opening
        case resolving
        case fetching
        case recording(RelayBatch)
        case publishing(RelayBatch)
        case settling
        case idle
        case renewing
        case backingOff
        case halting(String)
        case halted
        case ended
    }

    private var state = State.connecting
    private var condition = RelayCondition()
    /// Published, whether or not the ledger knows.
    private var marks: [RelayShard: Int64] = [:]
    /// Of `marks`, those that the ledger does not know yet.
    private var unsettled: [RelayShard: Int64] = [:]
    /// Behind the last record of each place.
    private var ends: [TopicPartition: Int64] = [:]
    private var attempt = 0
    private var stopRequested = false

    package init() {}

    package mutating func started() -> Action { .connect }

    /// `condition` is what the ledger held then; only whether it is halted counts yet.
    package mutating func leaseTaken(_ condition: RelayCondition) -> Action {
        expect(.connecting)
        if stopRequested { return end() }
        if let reason = condition.haltedBecause { return awaitResume(reason) }
        state = .opening
        return .openProducer
    }

    package mutating func leaseRefused() -> Action {
        expect(.connecting)
        attempt = 0
        if stopRequested { return end() }
        state = .standingBy
        return .standBy
    }

    /// The lease may be free.
    package mutating func stoodBy() -> Action {
        expect(.standingBy)
        if stopRequested { return end() }
        state = .connecting
        return .connect
    }

    /// `condition` is what the ledger held when the lease was confirmed behind the opening: that
    /// may have taken longer than the lease, and others may have published meanwhile.
    package mutating func producerOpened(_ condition: RelayCondition) -> Action {
        expect(.opening)
        if stopRequested { return end() }
        if let reason = condition.haltedBecause { return awaitResume(reason) }
        self.condition = condition
        marks = condition.marks
        unsettled = [:]
        state = .resolving
        return .examine(condition.intent)
    }

    /// - Parameter expected: what the intent makes from the ledger's rows; nil without them all.
    package mutating func examined(
        expected: RelayBatch?, tails: [RelayTail], outputs: RelayOutputs
    ) -> Action {
        expect(.resolving)
        if stopRequested { return end() }
        ends = [:]
        for tail in tails { ends[tail.place] = tail.marks.high }
        switch RelayResume.decide(
            condition: condition, expected: expected, outputs: outputs, tails: tails)
        {
        case .halt(let reason): return contradicted(reason)
        case .markPublished:
            guard let expected else { preconditionFailure("a mark without a batch") }
            unsettled = expected.marks
            marks.merge(expected.marks) { $1 }
            return settle()
        case .sendAgain:
            guard let expected else {
                preconditionFailure("a batch is sent again without its rows")
            }
            condition.intent = nil
            state = .publishing(expected)
            return .publish
        case .proceed:
            // Also clears an intent that an operator overruled.
            if condition.intent != nil || condition.marksAreTrusted { return settle() }
            return fetch()
        }
    }

    /// Nil when nothing waits.
    package mutating func fetched(_ batch: RelayBatch?) -> Action {
        expect(.fetching)
        if stopRequested { return unsettled.isEmpty ? end() : settle() }
        guard let batch else {
            if !unsettled.isEmpty { return settle() }
            attempt = 0
            state = .idle
            return .wait
        }
        if batch.records.isEmpty {
            // Repeated dead letters only: published under an earlier generation.
            unsettled.merge(batch.marks) { $1 }
            marks.merge(batch.marks) { $1 }
            return settle()
        }
        state = .recording(batch)
        var named: [String: Int64] = [:]
        for (place, end) in ends { named["\(place)"] = end }
        return .record(marks: unsettled, intent: RelayIntent(ranges: batch.ranges, ends: named))
    }

    package mutating func recorded() -> Action {
        guard case .recording(let batch) = state else {
            preconditionFailure("recorded in \(state)")
        }
        unsettled = [:]
        state = .publishing(batch)
        return .publish
    }

    /// `reached` is the offset behind the last record of each place that was written to.
    package mutating func published(_ reached: [TopicPartition: Int64]) -> Action {
        guard case .publishing(let batch) = state else {
            preconditionFailure("published in \(state)")
        }
        attempt = 0
        ends.merge(reached) { max($0, $1) }
        marks.merge(batch.marks) { $1 }
        unsettled.merge(batch.marks) { $1 }
        return stopRequested ? settle() : fetch()
    }

    package mutating func settled() -> Action {
        expect(.settling)
        unsettled = [:]
        condition.intent = nil
        condition.marksAreTrusted = false
        return stopRequested ? end() : fetch()
    }

    /// A notification came, or the wake.
    package mutating func woken() -> Action {
        expect(.idle)
        return stopRequested ? end() : fetch()
    }

    /// Nothing came for as long as the lease allows.
    package mutating func leaseIsOld() -> Action {
        expect(.idle)
        if stopRequested { return end() }
        state = .renewing
        return .renew
    }

    package mutating func renewed() -> Action {
        expect(.renewing)
        return stopRequested ? end() : fetch()
    }

    /// The change log itself is wrong.
    package mutating func contradicted(_ reason: String) -> Action {
        halt(RelayHalt(.contradiction, reason))
    }

    /// The broker will never take what is to be published.
    package mutating func refused(_ reason: String) -> Action { halt(RelayHalt(.refusal, reason)) }

    /// The ledger knows of the halt.
    package mutating func halted() -> Action {
        guard case .halting(let reason) = state else { preconditionFailure("halted in \(state)") }
        return stopRequested ? end() : awaitResume(reason)
    }

    /// What the ledger says while the relay is halted; nil when it goes on.
    package mutating func looked(haltedBecause reason: String?) -> Action {
        expect(.halted)
        if stopRequested { return end() }
        if let reason { return awaitResume(reason) }
        attempt = 0
        state = .connecting
        return .connect
    }

    /// The connection is lost, or a commit's outcome is unknown, or the lease is another's: begin
    /// again.
    package mutating func ledgerFailed() -> Action { backOff(everything: true) }

    /// The producer is to be destroyed. When it was fenced, the lease comes first: two relays that
    /// only built new producers would fence each other for ever.
    package mutating func producerFailed(fenced: Bool) -> Action { backOff(everything: fenced) }

    /// The pause is over.
    package mutating func backedOff() -> Action {
        expect(.backingOff)
        if stopRequested { return end() }
        // From the beginning, with or without a connection: the intent may be another one by now.
        state = .connecting
        return .connect
    }

    /// The current action is finished first; what it leads to is the end.
    package mutating func stopRequestCame() { stopRequested = true }

    package var isEnded: Bool { state == .ended }

    private mutating func fetch() -> Action {
        state = .fetching
        return .fetch(marks: marks)
    }

    private mutating func settle() -> Action {
        state = .settling
        return .settle(marks: unsettled)
    }

    private mutating func halt(_ halt: RelayHalt) -> Action {
        state = .halting(halt.reason)
        return .halt(halt)
    }

    private mutating func awaitResume(_ reason: String) -> Action {
        state = .halted
        return .awaitResume(reason)
    }

    private mutating func end() -> Action {
        state = .ended
        return .end
    }

    private mutating func backOff(everything: Bool) -> Action {
        if stopRequested { return end() }
        attempt += 1
        state = .backingOff
        return .backOff(attempt: attempt, everything: everything)
    }

    private func expect(_ expected: State) {
        precondition(state == expected, "expected \(expected), is \(state)")
    }
}
