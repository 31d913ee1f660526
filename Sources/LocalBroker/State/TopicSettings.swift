/// A topic's configuration, read. (interface; see INTERFACES)
struct TopicSettings: Equatable, Sendable {
    var isCompacted = false
    var isDeleted = true
    var retentionMilliseconds: Int64 = 604_800_000
    var retentionBytes: Int64 = -1
    var segmentBytes = 1 << 30
    var segmentMilliseconds: Int64 = 604_800_000
    var messageBytesMax = 1_048_588
    var hasLogAppendTime = false
    var deleteRetentionMilliseconds: Int64 = 86_400_000
    var cleanableDirtyRatio = 0.5
    var compactionLagMillisecondsMin: Int64 = 0

    init() {}

    /// Throws INVALID_CONFIG with a sentence.
    init(_ configs: [String: String]) throws(ConfigFailure) {}
}

struct ConfigFailure: Error, Equatable { var message: String }
