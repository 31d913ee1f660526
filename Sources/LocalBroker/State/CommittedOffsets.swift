/// Committed offsets of groups, and those that open transactions will commit: a pure machine over
/// journal entries. (interface; see INTERFACES)
struct CommittedOffsets: Equatable, Sendable {
    mutating func apply(_ entry: JournalEntry) {}
    var entries: [JournalEntry] { [] }
}
