/// The file of journal entries. (interface; see INTERFACES)
final class Journal {
    /// Opens or makes `folder/journal`, cuts a torn tail, hands every entry to `apply` in order.
    init(folder: String, apply: (JournalEntry) -> Void) throws(StorageFailure) {}

    /// Written, not flushed.
    func append(_ entry: JournalEntry) throws(StorageFailure) {}

    /// Whether rewriting from a snapshot would save much.
    var isWorthRewriting: Bool { false }

    /// Replaces the file by these entries.
    func rewrite(_ entries: [JournalEntry]) throws(StorageFailure) {}

    func beginFlush() -> LogFile? { nil }
}
