/// What decisions about old records need to know of a segment.
struct SegmentFacts: Equatable, Sendable {
    var baseOffset: Int64
    var size: Int
    /// Of its records; -1: it has none.
    var maxTimestamp: Int64
}

/// Which old segments go, and which are worth compacting: decided as Kafka does.
enum Retention {
    /// The offset that the log starts at when its oldest segments are gone; nil: all stay. The
    /// last of the segments is the active one: where it goes too (the result is `endOffset`), it
    /// is rolled first. What readers do not see yet stays.
    static func newStart(
        _ segments: [SegmentFacts], settings: TopicSettings, startOffset: Int64,
        highWatermark: Int64, endOffset: Int64, now: Int64
    ) -> Int64? {
        let ends = segments.dropFirst().map(\.baseOffset) + [endOffset]
        var excess = Int64(segments.reduce(0) { $0 + $1.size }) - max(0, settings.retentionBytes)
        var start: Int64?
        for (segment, end) in zip(segments, ends) {
            let isOld =
                settings.retentionMilliseconds >= 0 && segment.maxTimestamp >= 0
                && now - segment.maxTimestamp > settings.retentionMilliseconds
            excess -= Int64(segment.size)
            let isExcess = settings.retentionBytes >= 0 && excess >= 0
            let isBelowStart = end <= startOffset && end < endOffset
            guard end <= highWatermark, segment.baseOffset < end,
                isBelowStart || settings.isDeleted && (isOld || isExcess)
            else { break }
            start = end
        }
        return start
    }

    /// The offset up to which a compaction should go; nil: there is too little to do yet.
    /// `segments` are all of the log, the active one last.
    static func compactionEnd(
        _ segments: [SegmentFacts], settings: TopicSettings, compactedTo: Int64,
        lastStableOffset: Int64, now: Int64
    ) -> Int64? {
        guard settings.isCompacted else { return nil }
        var (clean, dirty, end, isOverdue) = (0, 0, compactedTo, false)
        for (segment, next) in zip(segments, segments.dropFirst()) {
            if next.baseOffset <= compactedTo {
                clean += segment.size
                continue
            }
            let isRecent =
                settings.compactionLagMillisecondsMin > 0
                && segment.maxTimestamp > now - settings.compactionLagMillisecondsMin
            if next.baseOffset > lastStableOffset || isRecent { break }
            dirty += segment.size
            end = next.baseOffset
            let age = now.subtractingReportingOverflow(segment.maxTimestamp).partialValue
            isOverdue = isOverdue || age > settings.compactionLagMillisecondsMax
        }
        guard dirty > 0 else { return nil }
        let ratio = Double(dirty) / Double(clean + dirty)
        return isOverdue || ratio > settings.cleanableDirtyRatio ? end : nil
    }
}

/// How far a partition is compacted and since when: tombstones and markers go when they have been
/// below a compaction's end for long enough that every reader has met them.
struct CompactionHistory: Equatable, Sendable {
    private static let passesMax = 256

    private(set) var passes: [Pass] = []

    struct Pass: Equatable, Sendable {
        var end: Int64
        var at: Int64
    }

    init() {}

    var compactedTo: Int64 { passes.last?.end ?? 0 }

    /// Below this offset tombstones are older than `age`.
    func horizon(now: Int64, age: Int64) -> Int64 { passes.last { now - $0.at >= age }?.end ?? 0 }

    /// Passes that no horizon needs any more are forgotten; of too many, an old one's records
    /// count as those of the pass after it, which keeps tombstones longer, never shorter.
    mutating func passed(to end: Int64, now: Int64, age: Int64) {
        let horizon = horizon(now: now, age: age)
        passes.removeAll { $0.end < horizon }
        passes.append(Pass(end: end, at: now))
        if passes.count > Self.passesMax { passes.remove(at: 1) }
    }
}

extension CompactionHistory: WireValue {
    init(_ reader: inout WireReader) throws {
        passes = try reader.array { Pass(end: try $0.int64(), at: try $0.int64()) }
    }

    func encode(into writer: inout WireWriter) {
        writer.array(passes) { $0.write($1.end, $1.at) }
    }
}
