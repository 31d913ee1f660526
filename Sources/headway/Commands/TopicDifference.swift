import Contracts
import Kafka

/// One way in which a topic of the cluster is not as declared.
struct TopicDifference: Sendable, Equatable {
    enum Change: Sendable, Equatable {
        case missing(partitions: Int, settings: [String: String])
        case partitions(declared: Int, found: Int)
        case setting(name: String, declared: String, found: String?)
    }

    var topic: String
    var change: Change

    /// In a JSON line.
    var kind: String {
        switch change {
        case .missing: "missing"
        case .partitions: "partitions"
        case .setting(let name, _, _): name
        }
    }

    var declared: String {
        switch change {
        case .missing(let partitions, _): "\(partitions) partitions"
        case .partitions(let declared, _): String(declared)
        case .setting(_, let declared, _): declared
        }
    }

    var found: String? {
        switch change {
        case .missing: nil
        case .partitions(_, let found): String(found)
        case .setting(_, _, let found): found
        }
    }

    /// A count of partitions is never changed: it decides in which partition a key lives.
    var canBeApplied: Bool {
        if case .partitions = change { return false }
        return true
    }

    var sentence: String {
        switch change {
        case .missing(let partitions, let settings):
            let list = settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
                separator: " ")
            return
                "create \(topic) with \(partitions) \(partitions == 1 ? "partition" : "partitions") \(list)"
        case .partitions(let declared, let found):
            return """
                topic \(topic) has \(found) partitions and Topics/ declares \(declared): the count decides where a key \
                lives, so it is not changed; declare \(found), or make a new topic
                """
        case .setting(let name, let declared, let found):
            return "set \(name)=\(declared) on \(topic) (now \(found ?? "unset"))"
        }
    }

    /// Everything that differs, in the order of the declarations.
    static func all(
        _ topics: [TopicContract], on admin: borrowing KafkaAdmin
    ) throws(KafkaFailure) -> [TopicDifference] {
        let present = try admin.topics(timeout: .seconds(10))
        var differences: [TopicDifference] = []
        for topic in topics {
            let isThere = present[topic.name] != nil
            let found = isThere ? try admin.describe(topic.name, timeout: .seconds(10)) : nil
            differences += compare(topic, with: found)
        }
        return differences
    }

    /// Does what the sentences say. What is missing is created in one request. Throws `CommandFailure` before
    /// anything is done where a difference cannot be mended.
    static func apply(
        _ differences: [TopicDifference], on admin: borrowing KafkaAdmin, replication: Int?
    ) throws {
        if let wrong = differences.first(where: { !$0.canBeApplied }) {
            throw CommandFailure(wrong.sentence)
        }
        var orders: [KafkaTopicOrder] = []
        for difference in differences {
            switch difference.change {
            case .missing(let partitions, let settings):
                orders.append(
                    KafkaTopicOrder(
                        name: difference.topic, partitions: partitions, replication: replication,
                        settings: settings))
            case .setting(let name, let declared, _):
                try admin.alter(
                    difference.topic, settings: [name: declared], timeout: .seconds(30))
            case .partitions: break
            }
        }
        guard !orders.isEmpty else { return }
        for (topic, failure) in try admin.create(orders, timeout: .seconds(30)) {
            // Somebody else may have made it at the same moment.
            guard let failure, failure.code != "TOPIC_ALREADY_EXISTS" else { continue }
            throw CommandFailure("topic \(topic) was not created: \(failure)")
        }
    }

    static func compare(_ topic: TopicContract, with found: KafkaTopicDescription?)
        -> [TopicDifference]
    {
        guard let found else {
            let change = Change.missing(partitions: topic.partitions, settings: topic.settings)
            return [TopicDifference(topic: topic.name, change: change)]
        }
        var differences: [TopicDifference] = []
        if found.partitions != topic.partitions {
            let change = Change.partitions(declared: topic.partitions, found: found.partitions)
            differences.append(TopicDifference(topic: topic.name, change: change))
        }
        for (name, declared) in topic.settings.sorted(by: { $0.key < $1.key })
        where found.settings[name] != declared {
            let change = Change.setting(name: name, declared: declared, found: found.settings[name])
            differences.append(TopicDifference(topic: topic.name, change: change))
        }
        return differences
    }
}
