/// A partition by its topic's name.
struct TopicPartition: Hashable, Comparable, Sendable {
    var topic: String
    var partition: Int32

    static func < (one: Self, other: Self) -> Bool {
        (one.topic, one.partition) < (other.topic, other.partition)
    }
}

/// Sixteen random bytes that tell a topic from an earlier one of the same name.
struct TopicID: Hashable, Sendable {
    var high: UInt64
    var low: UInt64

    static func random() -> TopicID {
        TopicID(high: .random(in: 1...UInt64.max), low: .random(in: 1...UInt64.max))
    }

    /// 32 hexadecimal digits: the name of the topic's folder.
    var hexadecimal: String {
        func digits(_ part: UInt64) -> String {
            let text = String(part, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return digits(high) + digits(low)
    }
}

struct Topic: Equatable, Sendable {
    var name: String
    var id: TopicID
    var partitions: Int32
    /// As they were set; what is not set has its default (TopicSettings).
    var configs: [String: String]
}
