/// A topic as a client asks for it.
struct TopicWish: Sendable {
    var name: String
    /// -1: the default, which is one.
    var partitions: Int32 = -1
    /// -1: the default, which is one.
    var replicationFactor: Int16 = -1
    /// Brokers of each partition, where the client chooses them.
    var assignments: [(partition: Int32, brokers: [Int32])] = []
    var configs: [(name: String, value: String?)] = []
}

/// What is to be done with one setting of a topic.
struct TopicChange: Sendable {
    var key: String
    /// 0 set, 1 back to the default, 2 append to a list, 3 take out of a list.
    var operation: Int8
    var value: String?
}

extension TopicWish: WireValue {
    init(_ reader: inout WireReader) throws {
        (name, partitions, replicationFactor) = try reader.read()
        assignments = try reader.array { (try $0.int32(), try $0.read()) }
        configs = try reader.array { (try $0.string(), try $0.nullableString()) }
    }

    func encode(into writer: inout WireWriter) {
        writer.write(name, partitions, replicationFactor)
        writer.array(assignments) { $0.write($1.partition, $1.brokers) }
        writer.array(configs) { $0.write($1.name, $1.value) }
    }
}

extension TopicChange: WireValue {
    init(_ reader: inout WireReader) throws { (key, operation, value) = try reader.read() }
    func encode(into writer: inout WireWriter) { writer.write(key, operation, value) }
}

/// A wish that is not granted: Kafka's code for it and, mostly, Kafka's sentence.
struct Refusal: Error, Equatable {
    var code: ErrorCode
    var message: String?
}

func require(
    _ holds: Bool, _ code: ErrorCode, _ message: @autoclosure () -> String
) throws(Refusal) {
    if !holds { throw Refusal(code: code, message: message()) }
}

/// The rules by which topics are made and changed, in the order in which Kafka looks at them.
extension TopicCatalogue {
    func topic(
        from wish: TopicWish, id: TopicID, limits: BrokerSettings.Limits
    ) throws(Refusal) -> Topic {
        let name = wish.name
        try Self.check(name: name)
        let other = obstacle(name)
        try require(other != name, .topicAlreadyExists, "Topic '\(name)' already exists.")
        try require(
            other == nil, .invalidTopic,
            "Topic '\(name)' collides with existing topic: \(other ?? "")")
        var configs: [String: String] = [:]
        for (key, value) in wish.configs {
            try require(
                value != nil, .invalidConfig, "Null value not supported for topic configs: \(key)")
            configs[key] = value.map(TopicSetting.trimmed)
        }
        _ = try TopicSettings(configs)
        let partitions = try Self.partitions(of: wish)
        try require(
            topics.count < limits.topicsMax, .policyViolation,
            "The local broker holds \(limits.topicsMax) topics at most.")
        try checkRoom(for: Int(partitions), limits)
        return Topic(name: name, id: id, partitions: partitions, configs: configs)
    }

    private static func partitions(of wish: TopicWish) throws(Refusal) -> Int32 {
        let (count, copies) = (wish.partitions, wish.replicationFactor)
        if wish.assignments.isEmpty {
            try require(
                copies == -1 || copies > 0, .invalidReplicationFactor,
                "Replication factor must be larger than 0, or -1 to use the default value.")
            try require(
                count == -1 || count > 0, .invalidPartitions,
                "Number of partitions was set to an invalid non-positive value.")
            try require(
                copies <= 1, .invalidReplicationFactor,
                "Unable to replicate the partition \(copies) time(s): there is 1 broker.")
            return max(count, 1)
        }
        try require(
            count == -1 && copies == -1, .invalidRequest,
            "A manual partition assignment was specified, but numPartitions or replication factor "
                + "was not set to -1.")
        try check(assignments: wish.assignments.map(\.brokers))
        try require(
            wish.assignments.map(\.partition).sorted() == wish.assignments.indices.map(Int32.init),
            .invalidReplicaAssignment,
            "partitions should be a consecutive 0-based integer sequence")
        return Int32(wish.assignments.count)
    }

    /// The brokers that a client chooses for partitions: there is one, and its id is 1.
    private static func check(assignments: [[Int32]]) throws(Refusal) {
        for brokers in assignments {
            try require(
                brokers == [1], .invalidReplicaAssignment,
                "The manual partition assignment \(brokers.prefix(9)) is not [1], the only broker.")
        }
    }

    private func checkRoom(
        for partitions: Int, _ limits: BrokerSettings.Limits
    ) throws(Refusal) {
        try require(
            partitionCount + partitions <= limits.partitionsMax, .policyViolation,
            "The local broker holds \(limits.partitionsMax) partitions at most; "
                + "there are \(partitionCount), and \(partitions) would be added.")
    }

    private static let nameBytes = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-".utf8)

    static func isValid(_ name: String) -> Bool {
        1...249 ~= name.utf8.count && name.utf8.allSatisfy(nameBytes.contains) && name != "."
            && name != ".."
    }

    static func check(name: String) throws(Refusal) {
        try require(
            isValid(name), .invalidTopic,
            "Topic name is invalid: '\(name.prefix(300))' is not 1 to 249 ASCII alphanumerics, '.', "
                + "'_' and '-', or is '.' or '..'")
    }

    /// The topic grown to `count` partitions; new ones may say their brokers.
    func topic(
        _ name: String, grownTo count: Int32, assignments: [[Int32]]?,
        limits: BrokerSettings.Limits
    ) throws(Refusal) -> Topic {
        guard var topic = topics[name] else {
            throw Refusal(code: .unknownTopicOrPartition, message: nil)
        }
        try require(
            count != topic.partitions, .invalidPartitions,
            "Topic already has \(count) partition(s).")
        try require(
            count > topic.partitions, .invalidPartitions,
            "The topic \(name) currently has \(topic.partitions) partition(s); \(count) would not "
                + "be an increase.")
        let added = Int(count) - Int(topic.partitions)
        if let assignments {
            try require(
                assignments.count == added, .invalidReplicaAssignment,
                "Attempted to add \(added) additional partition(s), but only \(assignments.count) "
                    + "assignment(s) were specified.")
            try Self.check(assignments: assignments)
        }
        try checkRoom(for: added, limits)
        topic.partitions = count
        return topic
    }

    /// The topic with changed settings.
    func topic(_ name: String, changed changes: [TopicChange]) throws(Refusal) -> Topic {
        try require(!name.isEmpty, .invalidRequest, "Default topic resources are not allowed.")
        try Self.check(name: name)
        try require(
            Set(changes.map(\.key)).count == changes.count, .invalidRequest,
            "Error due to duplicate config keys")
        guard var topic = topics[name] else {
            throw Refusal(
                code: .unknownTopicOrPartition, message: "The topic '\(name)' does not exist.")
        }
        for change in changes {
            topic.configs[change.key] = try change.result(of: topic.configs[change.key])
        }
        _ = try TopicSettings(topic.configs)
        return topic
    }
}

extension TopicChange {
    fileprivate func result(of old: String?) throws(Refusal) -> String? {
        if operation == 1 { return nil }
        guard let value else {
            throw Refusal(
                code: .invalidRequest, message: "Null value not supported for : \(key)")
        }
        if operation == 0 { return TopicSetting.trimmed(value) }
        try require(
            operation == 2 || operation == 3, .invalidRequest,
            "Unknown operation \(operation) for \(key)")
        guard let setting = TopicSetting.named[key], setting.isList else {
            throw Refusal(
                code: .invalidConfig,
                message: "Can't \(operation == 2 ? "APPEND" : "SUBTRACT") to key \(key) because "
                    + "its type is not LIST.")
        }
        let parts = TopicSetting.parts(of: old ?? setting.standard)
        let named = TopicSetting.parts(of: value)
        let result =
            operation == 2
            ? parts + named.filter { !parts.contains($0) } : parts.filter { !named.contains($0) }
        return result.joined(separator: ",")
    }
}
