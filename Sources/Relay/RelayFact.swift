package import Contracts
package import Ledger

/// What happened in the relay, for metrics, logs and tests.
package enum RelayFact: Equatable, Sendable {
    case leaseTaken(term: Int64)
    case standingBy
    case producerOpened
    /// What a start found.
    case resolved(RelayResume)
    /// The intent is in the ledger; the records are not in the topics yet.
    case recorded(RelayIntent)
    /// The transaction is committed. `decided` is when the oldest change of the batch was decided.
    case published(changes: Int, deadLetters: Int, decided: Instant?, marks: [RelayShard: Int64])
    /// The ledger knows of all that was published.
    case settled
    case idle
    /// The call that failed is tried again after a pause. `attempt` counts from 1.
    case failed(reason: String, attempt: Int)
    /// No relay goes on before an operator has looked.
    case halted(reason: String)
    case ended
}

/// Called on the relay's thread; must return soon.
package protocol RelayObserver: Sendable {
    func observed(_ fact: RelayFact)
}

/// Looks away.
package struct SilentRelayObserver: RelayObserver {
    package init() {}
    package func observed(_ fact: RelayFact) {}
}
