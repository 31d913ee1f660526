/// Committed offsets of groups, and those that open transactions will commit: a pure machine over
/// journal entries.
struct CommittedOffsets: Equatable, Sendable {
    private struct Pending: Equatable {
        var producerID: Int64
        var key: OffsetKey
        var offset: CommittedOffset
    }

    private(set) var groups: [String: [TopicPartition: CommittedOffset]] = [:]
    /// In the order of writing: for one partition the latest written wins, whenever it is decided.
    private var pending: [Pending] = []
    /// A removal names its topic by id alone.
    private var topics: [TopicID: String] = [:]

    subscript(_ group: String, _ partition: TopicPartition) -> CommittedOffset? {
        groups[group]?[partition]
    }

    func has(_ group: String) -> Bool {
        groups[group] != nil || pending.contains { $0.key.group == group }
    }

    func keys(of group: String) -> [OffsetKey] {
        (groups[group] ?? [:]).keys.sorted().map { OffsetKey(group: group, partition: $0) }
    }

    /// What was committed before, in groups that the caller knows to be unused.
    func expired(before: Int64, in isUnused: (String) -> Bool) -> [OffsetKey] {
        groups.keys.sorted().filter(isUnused).flatMap(keys).filter {
            groups[$0.group]?[$0.partition].map { $0.committedAt < before } ?? false
        }
    }

    mutating func apply(_ entry: JournalEntry) {
        switch entry {
        case .topic(let topic): topics[topic.id] = topic.name
        case .topicRemoved(let id):
            guard let name = topics.removeValue(forKey: id) else { return }
            pending.removeAll { $0.key.partition.topic == name }
            groups = groups.compactMapValues {
                let kept = $0.filter { $0.key.topic != name }
                return kept.isEmpty ? nil : kept
            }
        case .offset(let key, let offset):
            pending.removeAll { $0.key == key }
            groups[key.group, default: [:]][key.partition] = offset
        case .offsetRemoved(let key):
            pending.removeAll { $0.key == key }
            groups[key.group]?[key.partition] = nil
            if groups[key.group]?.isEmpty == true { groups[key.group] = nil }
        case .pendingOffset(let producerID, let key, let offset):
            pending.removeAll { $0.producerID == producerID && $0.key == key }
            pending.append(Pending(producerID: producerID, key: key, offset: offset))
        case .transaction(let record):
            ended(record)
        default: break
        }
    }

    private mutating func ended(_ record: TransactionRecord) {
        guard record.state == .completeCommit || record.state == .completeAbort else { return }
        var latest: [OffsetKey: Int] = [:]
        for (at, one) in pending.enumerated()
        where one.producerID == record.producerID && record.state == .completeCommit {
            groups[one.key.group, default: [:]][one.key.partition] = one.offset
            latest[one.key] = at
        }
        // What others wrote before is older, and may not replace this when it is committed later.
        pending = pending.enumerated().filter { at, one in
            one.producerID != record.producerID && at > latest[one.key] ?? -1
        }.map(\.element)
    }

    /// What makes the same of nothing but the topics, whose entries come first.
    var entries: [JournalEntry] {
        groups.keys.sorted().flatMap(keys).compactMap { key in
            groups[key.group]?[key.partition].map { .offset(key, $0) }
        } + pending.map { .pendingOffset(producerID: $0.producerID, $0.key, $0.offset) }
    }
}
