/// The topics: a pure machine over their journal entries. (interface; see INTERFACES)
struct TopicCatalogue: Equatable, Sendable {
    private(set) var topics: [String: Topic] = [:]

    /// What a deletion of records set; else 0.
    func startOffset(_ topic: TopicID, _ partition: Int32) -> Int64 { 0 }

    mutating func apply(_ entry: JournalEntry) {}
    var entries: [JournalEntry] { [] }
}
