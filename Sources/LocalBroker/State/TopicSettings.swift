/// A topic's configuration, read.
struct TopicSettings: Equatable, Sendable {
    var isCompacted = false
    var isDeleted = true
    var retentionMilliseconds: Int64 = 604_800_000
    var retentionBytes: Int64 = -1
    var segmentBytes = 1 << 30
    var segmentMilliseconds: Int64 = 604_800_000
    var messageBytesMax = 1_048_588
    var hasLogAppendTime = false
    /// How far a record's time may lie before and after the broker's.
    var timestampBeforeMillisecondsMax = Int64.max
    var timestampAfterMillisecondsMax = Int64.max
    var deleteRetentionMilliseconds: Int64 = 86_400_000
    var cleanableDirtyRatio = 0.5
    var compactionLagMillisecondsMin: Int64 = 0
    var compactionLagMillisecondsMax = Int64.max

    /// How much time a segment may span: what must be compacted must be closed.
    var rollMilliseconds: Int64 {
        isCompacted ? min(segmentMilliseconds, compactionLagMillisecondsMax) : segmentMilliseconds
    }

    init() {}

    /// Throws INVALID_CONFIG with a sentence.
    init(_ configs: [String: String]) throws(Refusal) {
        for (name, value) in configs.sorted(by: { $0.key < $1.key }) {
            guard let setting = TopicSetting.named[name] else {
                throw Refusal(code: .invalidConfig, message: "Unknown topic config name: \(name)")
            }
            try take(name, setting.read(value))
        }
        try require(
            compactionLagMillisecondsMin <= compactionLagMillisecondsMax, .invalidConfig,
            "conflict topic config setting min.compaction.lag.ms "
                + "(\(compactionLagMillisecondsMin)) > max.compaction.lag.ms "
                + "(\(compactionLagMillisecondsMax))")
    }

    /// Whether a batch's first and latest records are near enough to the broker's time, which is
    /// never negative. None of them is looked into for it.
    func accept(_ batch: BatchHeader, now: Int64) -> Bool {
        let latest =
            now > .max - timestampAfterMillisecondsMax ? .max : now + timestampAfterMillisecondsMax
        return hasLogAppendTime || batch.baseTimestamp == -1
            || batch.baseTimestamp >= now - timestampBeforeMillisecondsMax
                && batch.maxTimestamp <= latest
    }

    /// The settings that change something here; all others are checked and shown.
    private mutating func take(_ name: String, _ value: TopicSetting.Value) throws(Refusal) {
        switch (name, value) {
        case ("cleanup.policy", .list(let policies)):
            isCompacted = policies.contains("compact")
            isDeleted = policies.contains("delete")
        case ("retention.ms", .number(let number)): retentionMilliseconds = number
        case ("retention.bytes", .number(let number)): retentionBytes = number
        case ("segment.bytes", .number(let number)): segmentBytes = Int(number)
        case ("segment.ms", .number(let number)): segmentMilliseconds = number
        case ("max.message.bytes", .number(let number)): messageBytesMax = Int(number)
        case ("message.timestamp.type", .text(let type)): hasLogAppendTime = type == "LogAppendTime"
        case ("message.timestamp.before.max.ms", .number(let number)):
            timestampBeforeMillisecondsMax = number
        case ("message.timestamp.after.max.ms", .number(let number)):
            timestampAfterMillisecondsMax = number
        case ("delete.retention.ms", .number(let number)): deleteRetentionMilliseconds = number
        case ("min.cleanable.dirty.ratio", .ratio(let ratio)): cleanableDirtyRatio = ratio
        case ("min.compaction.lag.ms", .number(let number)): compactionLagMillisecondsMin = number
        case ("max.compaction.lag.ms", .number(let number)): compactionLagMillisecondsMax = number
        case ("remote.storage.enable", .text("true")):
            throw Refusal(
                code: .invalidConfig,
                message: "remote.storage.enable=true: Tiered Storage is disabled in the broker.")
        default: break
        }
    }
}

/// One setting that a topic may have: the kind of its value, and what it is when not set.
struct TopicSetting: Sendable {
    enum Kind: Sendable {
        case boolean, ratio
        /// `*` or partition:broker pairs.
        case replicas
        case int(ClosedRange<Int64>)
        case long(ClosedRange<Int64>)
        case choice([String])
        case list([String])
    }

    enum Value: Equatable, Sendable {
        case number(Int64)
        case ratio(Double)
        case text(String)
        case list([String])
    }

    var name: String
    var kind: Kind
    var standard: String

    private init(_ name: String, _ kind: Kind, _ standard: String) {
        self.name = name
        self.kind = kind
        self.standard = standard
    }

    static let named = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// As it was set, or the default.
    func value(in configs: [String: String]) -> String { configs[name] ?? standard }

    var isList: Bool { typeCode == 7 }

    /// The kind's code in answers.
    var typeCode: Int8 {
        switch kind {
        case .boolean: 1
        case .choice: 2
        case .int: 3
        case .long: 5
        case .ratio: 6
        case .list, .replicas: 7
        }
    }

    func read(_ text: String) throws(Refusal) -> Value {
        let value = Self.trimmed(text)
        func check(_ holds: Bool, _ why: @autoclosure () -> String) throws(Refusal) {
            try require(
                holds, .invalidConfig,
                "Invalid value \(value) for configuration \(name): \(why())")
        }
        func number(_ range: ClosedRange<Int64>, _ read: Int64?, _ type: String) throws(Refusal)
            -> Value
        {
            try check(read != nil, "Not a number of type \(type)")
            let number = read ?? 0
            try check(number >= range.lowerBound, "Value must be at least \(range.lowerBound)")
            try check(number <= range.upperBound, "Value must be no more than \(range.upperBound)")
            return .number(number)
        }
        switch kind {
        case .boolean:
            let word = value.lowercased()
            try check(
                word == "true" || word == "false", "Expected value to be either true or false")
            return .text(word)
        case .int(let range): return try number(range, Int32(value).map(Int64.init), "INT")
        case .long(let range): return try number(range, Int64(value), "LONG")
        case .ratio:
            let ratio = Double(value) ?? .nan
            try check(!ratio.isNaN, "Not a number of type DOUBLE")
            try check(ratio >= 0, "Value must be at least 0")
            try check(ratio <= 1, "Value must be no more than 1")
            return .ratio(ratio)
        case .choice(let words):
            try check(
                words.contains(value), "String must be one of: \(words.joined(separator: ", "))")
            return .text(value)
        case .list(let words):
            let parts = Self.parts(of: value)
            try check(
                parts.allSatisfy(words.contains),
                "String must be one of: \(words.joined(separator: ", "))")
            return .list(parts)
        case .replicas:
            let parts = Self.parts(of: value)
            try check(
                parts == ["*"]
                    || parts.allSatisfy { part in
                        let pair = part.split(separator: ":", omittingEmptySubsequences: false)
                        return pair.count == 2 && pair.allSatisfy { UInt32($0) != nil }
                    },
                "\(name) must be '*' or [partitionId]:[brokerId],[partitionId]:[brokerId],...")
            return .list(parts)
        }
    }

    /// The elements of a list setting.
    static func parts(of value: String) -> [String] {
        value.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
    }

    static func trimmed(_ text: some StringProtocol) -> String {
        let start = text.drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}

extension TopicSetting {
    private static let ints = 0...Int64(Int32.max)
    private static let longs = 0...Int64.max
    private static let never = "9223372036854775807"

    /// What Kafka 3.9 and 4.3 know, with the defaults of 3.9.
    static let all: [TopicSetting] = [
        .init("cleanup.policy", .list(["compact", "delete"]), "delete"),
        .init("compression.gzip.level", .int(-1...9), "-1"),
        .init("compression.lz4.level", .int(1...17), "9"),
        .init(
            "compression.type",
            .choice(["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]), "producer"),
        .init("compression.zstd.level", .int(-131_072...22), "3"),
        .init("delete.retention.ms", .long(longs), "86400000"),
        .init("file.delete.delay.ms", .long(longs), "60000"),
        .init("flush.messages", .long(1...Int64.max), never),
        .init("flush.ms", .long(longs), never),
        .init("follower.replication.throttled.replicas", .replicas, ""),
        .init("index.interval.bytes", .int(ints), "4096"),
        .init("leader.replication.throttled.replicas", .replicas, ""),
        .init("local.retention.bytes", .long(-2...Int64.max), "-2"),
        .init("local.retention.ms", .long(-2...Int64.max), "-2"),
        .init("max.compaction.lag.ms", .long(1...Int64.max), never),
        .init("max.message.bytes", .int(ints), "1048588"),
        .init("message.downconversion.enable", .boolean, "true"),
        .init("message.format.version", .choice(["3.0-IV1"]), "3.0-IV1"),
        .init("message.timestamp.after.max.ms", .long(longs), never),
        .init("message.timestamp.before.max.ms", .long(longs), never),
        .init("message.timestamp.difference.max.ms", .long(longs), never),
        .init("message.timestamp.type", .choice(["CreateTime", "LogAppendTime"]), "CreateTime"),
        .init("min.cleanable.dirty.ratio", .ratio, "0.5"),
        .init("min.compaction.lag.ms", .long(longs), "0"),
        .init("min.insync.replicas", .int(1...Int64(Int32.max)), "1"),
        .init("preallocate", .boolean, "false"),
        .init("remote.log.copy.disable", .boolean, "false"),
        .init("remote.log.delete.on.disable", .boolean, "false"),
        .init("remote.storage.enable", .boolean, "false"),
        .init("retention.bytes", .long(Int64.min...Int64.max), "-1"),
        .init("retention.ms", .long(-1...Int64.max), "604800000"),
        .init("segment.bytes", .int(14...Int64(Int32.max)), "1073741824"),
        .init("segment.index.bytes", .int(4...Int64(Int32.max)), "10485760"),
        .init("segment.jitter.ms", .long(longs), "0"),
        .init("segment.ms", .long(1...Int64.max), "604800000"),
        .init("unclean.leader.election.enable", .boolean, "false"),
    ]
}
