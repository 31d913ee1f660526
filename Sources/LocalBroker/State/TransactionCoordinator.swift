/// Transactional ids, producer ids and epochs: a pure machine. (interface; see INTERFACES)
struct TransactionCoordinator: Equatable, Sendable {
    mutating func apply(_ entry: JournalEntry) {}
    var entries: [JournalEntry] { [] }
    /// Wall clock, milliseconds: when `timePassed` has something to do.
    var nextDeadline: Int64? { nil }
}
