/// The topics: a pure machine over their journal entries.
struct TopicCatalogue: Equatable, Sendable {
    private(set) var topics: [String: Topic] = [:]
    /// Of all topics together.
    private(set) var partitionCount = 0
    private var names: [TopicID: String] = [:]
    /// Names with `_` for `.`: two that differ in nothing else share their metrics' names in
    /// Kafka, which therefore refuses the second.
    private var folded: [String: String] = [:]
    private var starts: [TopicID: [Int32: Int64]] = [:]

    subscript(id: TopicID) -> Topic? { names[id].flatMap { topics[$0] } }

    /// The name that stands in the way of a topic of this name: its own, or one too like it.
    func obstacle(_ name: String) -> String? { folded[Self.fold(name)] }

    /// What a deletion of records set; else 0.
    func startOffset(_ topic: TopicID, _ partition: Int32) -> Int64 {
        starts[topic]?[partition] ?? 0
    }

    mutating func apply(_ entry: JournalEntry) {
        switch entry {
        case .topic(let topic):
            if let earlier = topics[topic.name] { remove(earlier, replacedBy: topic.id) }
            topics[topic.name] = topic
            names[topic.id] = topic.name
            folded[Self.fold(topic.name)] = topic.name
            partitionCount += Int(topic.partitions)
        case .topicRemoved(let id):
            if let topic = self[id] { remove(topic) }
        case .logStart(let id, let partition, let offset):
            if names[id] != nil { starts[id, default: [:]][partition] = offset }
        default: break
        }
    }

    private mutating func remove(_ topic: Topic, replacedBy id: TopicID? = nil) {
        topics[topic.name] = nil
        names[topic.id] = nil
        folded[Self.fold(topic.name)] = nil
        partitionCount -= Int(topic.partitions)
        if topic.id != id { starts[topic.id] = nil }
    }

    /// What makes this state of nothing.
    var entries: [JournalEntry] {
        topics.values.sorted { $0.name < $1.name }.flatMap { topic in
            [.topic(topic)]
                + (starts[topic.id] ?? [:]).sorted { $0.key < $1.key }.map {
                    .logStart(topic.id, partition: $0.key, offset: $0.value)
                }
        }
    }

    private static func fold(_ name: String) -> String {
        String(name.map { $0 == "." ? "_" : $0 })
    }
}
