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
            configs[key] = TopicSetting.trimmed(value)
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
        var seen: Set<Int32> = []
        for assignment in wish.assignments {
            try check(brokers: assignment.brokers)
            guard seen.insert(assignment.partition).inserted else {
                throw Refusal(
                    .invalidReplicaAssignment,
                    "Found multiple manual partition assignments for partition "
                        + "\(assignment.partition)")
            }
        }
        guard seen == Set(0..<Int32(seen.count)) else {
            throw Refusal(
                .invalidReplicaAssignment,
                "partitions should be a consecutive 0-based integer sequence")
        }
        return Int32(seen.count)
    }

    /// The brokers that a client chooses for a partition: there is one, and its id is 1.
    private static func check(brokers: [Int32]) throws(Refusal) {
        if brokers == [1] { return }
        let why =
            if brokers.isEmpty {
                "an empty replica list."
            } else if let other = brokers.first(where: { $0 != 1 }) {
                "broker \(other), but no such broker is registered."
            } else {
                "the broker 1 more than once."
            }
        throw Refusal(
            .invalidReplicaAssignment, "The manual partition assignment includes \(why)")
    }

    /// The topic grown to `count` partitions; new ones may say their brokers.
    func topic(
        _ name: String, grownTo count: Int32, assignments: [[Int32]]?,
        limits: BrokerSettings.Limits
    ) throws(Refusal) -> Topic {
        guard var topic = topics[name] else { throw Refusal(.unknownTopicOrPartition, nil) }
        guard count != topic.partitions else {
            throw Refusal(
                .invalidPartitions, "Topic already has \(topic.partitions) partition(s).")
        }
        guard count > topic.partitions else {
            throw Refusal(
                .invalidPartitions,
                "The topic \(name) currently has \(topic.partitions) partition(s); \(count) "
                    + "would not be an increase.")
        }
        let added = Int(count) - Int(topic.partitions)
        if let assignments {
            guard assignments.count == added else {
                throw Refusal(
                    .invalidReplicaAssignment,
                    "Attempted to add \(added) additional partition(s), but only "
                        + "\(assignments.count) assignment(s) were specified.")
            }
            for brokers in assignments { try Self.check(brokers: brokers) }
        }
        try checkRoom(for: added, limits)
        topic.partitions = count
        return topic
    }

    /// What is to be done with one setting of a topic.
    struct Change: Sendable {
        var key: String
        /// 0 set, 1 back to the default, 2 append to a list, 3 take out of a list.
        var operation: Int8
        var value: String?
    }

    /// The topic with changed settings.
    func topic(_ name: String, changed changes: [Change]) throws(Refusal) -> Topic {
        if name.isEmpty {
            throw Refusal(.invalidRequest, "Default topic resources are not allowed.")
        }
        try Self.check(name: name)
        guard Set(changes.map(\.key)).count == changes.count else {
            throw Refusal(.invalidRequest, "Error due to duplicate config keys")
        }
        guard var topic = topics[name] else {
            throw Refusal(.unknownTopicOrPartition, "The topic '\(name)' does not exist.")
        }
        for change in changes {
            let key = change.key
            if change.operation == 1 {
                topic.configs[key] = nil
                continue
            }
            guard let value = change.value else {
                throw Refusal(.invalidRequest, "Null value not supported for : \(key)")
            }
            switch change.operation {
            case 0: topic.configs[key] = TopicSetting.trimmed(value)
            case 2, 3:
                let verb = change.operation == 2 ? "APPEND" : "SUBTRACT"
                guard let setting = TopicSetting.named[key], setting.isList else {
                    throw Refusal(
                        .invalidConfig, "Can't \(verb) to key \(key) because its type is not LIST.")
                }
                let old = TopicSetting.parts(of: topic.configs[key] ?? setting.standard)
                let named = TopicSetting.parts(of: value)
                let parts =
                    change.operation == 2
                    ? old + named.filter { !old.contains($0) }
                    : old.filter { !named.contains($0) }
                topic.configs[key] = parts.joined(separator: ",")
            default:
                throw Refusal(.invalidRequest, "Unknown operation \(change.operation) for \(key)")
            }
        }
        do throws(ConfigFailure) { _ = try TopicSettings(topic.configs) } catch {
            throw Refusal(.invalidConfig, error.message)
        }
        return topic
    }

    private func checkRoom(for partitions: Int, _ limits: BrokerSettings.Limits) throws(Refusal) {
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
            throw refusal(
                "the length of '\(name.prefix(400))' is longer than the max allowed length 249")
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
    var message: String?

    init(_ code: ErrorCode, _ message: String?) {
        self.code = code
        self.message = message
    }
}
