/// The topics: a pure machine over their journal entries, and the rules by which they are made.
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

    /// What a deletion of records set; else 0.
    func startOffset(_ topic: TopicID, _ partition: Int32) -> Int64 {
        starts[topic]?[partition] ?? 0
    }

    mutating func apply(_ entry: JournalEntry) {
        switch entry {
        case .topic(let topic):
            if let earlier = topics[topic.name] { remove(earlier, keepingStarts: topic.id) }
            topics[topic.name] = topic
            names[topic.id] = topic.name
            folded[Self.fold(topic.name)] = topic.name
            partitionCount += Int(topic.partitions)
        case .topicRemoved(let id):
            if let topic = self[id] { remove(topic, keepingStarts: nil) }
        case .logStart(let id, let partition, let offset):
            if names[id] != nil { starts[id, default: [:]][partition] = offset }
        default: break
        }
    }

    private mutating func remove(_ topic: Topic, keepingStarts kept: TopicID?) {
        topics[topic.name] = nil
        names[topic.id] = nil
        folded[Self.fold(topic.name)] = nil
        partitionCount -= Int(topic.partitions)
        if topic.id != kept { starts[topic.id] = nil }
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

    // MARK: what may be made

    /// A topic as a client asks for it.
    struct Wish: Sendable {
        var name: String
        /// -1: the default, which is one.
        var partitions: Int32
        /// -1: the default, which is one.
        var replicationFactor: Int16 = -1
        /// Brokers of each partition, where the client chooses them.
        var assignments: [(partition: Int32, brokers: [Int32])] = []
        var configs: [(name: String, value: String?)] = []
    }

    /// The topic that a wish makes; throws what Kafka answers where it makes none.
    func topic(
        from wish: Wish, id: TopicID, limits: BrokerSettings.Limits
    ) throws(Refusal) -> Topic {
        try Self.check(name: wish.name)
        if let other = folded[Self.fold(wish.name)] {
            throw other == wish.name
                ? Refusal(.topicAlreadyExists, "Topic '\(wish.name)' already exists.")
                : Refusal(
                    .invalidTopic, "Topic '\(wish.name)' collides with existing topic: \(other)")
        }
        var configs: [String: String] = [:]
        for (key, value) in wish.configs {
            guard let value else {
                throw Refusal(.invalidConfig, "Null value not supported for topic configs: \(key)")
            }
            configs[key] = value
        }
        do throws(ConfigFailure) { _ = try TopicSettings(configs) } catch {
            throw Refusal(.invalidConfig, error.message)
        }
        let partitions = try Self.partitions(of: wish)
        guard topics.count < limits.topicsMax else {
            throw Refusal(
                .policyViolation,
                "Topic '\(wish.name)' would be one more than the \(limits.topicsMax) topics "
                    + "that the local broker holds.")
        }
        try checkRoom(for: Int(partitions), limits)
        return Topic(name: wish.name, id: id, partitions: partitions, configs: configs)
    }

    private static func partitions(of wish: Wish) throws(Refusal) -> Int32 {
        if wish.assignments.isEmpty {
            guard wish.replicationFactor == -1 || wish.replicationFactor > 0 else {
                throw Refusal(
                    .invalidReplicationFactor,
                    "Replication factor must be larger than 0, or -1 to use the default value.")
            }
            guard wish.partitions == -1 || wish.partitions > 0 else {
                throw Refusal(
                    .invalidPartitions,
                    "Number of partitions was set to an invalid non-positive value.")
            }
            guard wish.replicationFactor <= 1 else {
                throw Refusal(
                    .invalidReplicationFactor,
                    "Unable to replicate the partition \(wish.replicationFactor) time(s): The "
                        + "target replication factor of \(wish.replicationFactor) cannot be "
                        + "reached because only 1 broker(s) are registered.")
            }
            return wish.partitions == -1 ? 1 : wish.partitions
        }
        guard wish.replicationFactor == -1, wish.partitions == -1 else {
            let what = wish.replicationFactor == -1 ? "numPartitions" : "replication factor"
            throw Refusal(
                .invalidRequest,
                "A manual partition assignment was specified, but \(what) was not set to -1.")
        }
        try check(assignments: wish.assignments.map(\.brokers))
        guard wish.assignments.map(\.partition).sorted() == wish.assignments.indices.map(Int32.init)
        else {
            throw Refusal(
                .invalidReplicaAssignment,
                "partitions should be a consecutive 0-based integer sequence")
        }
        return Int32(wish.assignments.count)
    }

    /// There is one broker, and its id is 1.
    static func check(assignments: [[Int32]]) throws(Refusal) {
        for brokers in assignments where brokers != [1] {
            throw Refusal(
                .invalidReplicaAssignment,
                brokers.isEmpty
                    ? "The manual partition assignment includes an empty replica list."
                    : "The manual partition assignment \(brokers) is not [1], the only broker.")
        }
    }

    func checkRoom(for partitions: Int, _ limits: BrokerSettings.Limits) throws(Refusal) {
        guard partitionCount + partitions <= limits.partitionsMax else {
            throw Refusal(
                .policyViolation,
                "\(partitions) more partitions would be more than the \(limits.partitionsMax) "
                    + "that the local broker holds; it has \(partitionCount).")
        }
    }

    static func check(name: String) throws(Refusal) {
        func refusal(_ why: String) -> Refusal {
            Refusal(.invalidTopic, "Topic name is invalid: \(why)")
        }
        if name.isEmpty { throw refusal("the empty string is not allowed") }
        if name == "." || name == ".." { throw refusal("'\(name)' is not allowed") }
        if name.utf8.count > 249 {
            throw refusal("'\(name.prefix(300))' is longer than 249 characters")
        }
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                continue
            default:
                throw refusal(
                    "'\(name)' contains one or more characters other than ASCII alphanumerics, "
                        + "'.', '_' and '-'")
            }
        }
    }

    private static func fold(_ name: String) -> String {
        String(name.map { $0 == "." ? "_" : $0 })
    }
}

/// A wish that is not granted: Kafka's code for it and a sentence.
struct Refusal: Error, Equatable {
    var code: ErrorCode
    var message: String

    init(_ code: ErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }
}
