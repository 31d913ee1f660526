import Testing

@testable import LocalBroker

@Suite struct RetentionTests {
    /// Three segments of 100 bytes, 10 offsets each, the last active, with the times 100, 200, 300.
    static let segments = [
        SegmentFacts(baseOffset: 0, size: 100, maxTimestamp: 100),
        SegmentFacts(baseOffset: 10, size: 100, maxTimestamp: 200),
        SegmentFacts(baseOffset: 20, size: 100, maxTimestamp: 300),
    ]

    struct Case: CustomTestStringConvertible {
        var time: Int64 = -1
        var bytes: Int64 = -1
        var isDeleted = true
        var start: Int64 = 0
        var highWatermark: Int64 = 30
        var now: Int64 = 1_000
        var result: Int64?

        var testDescription: String {
            "ms \(time) bytes \(bytes) start \(start) hw \(highWatermark) now \(now)"
        }
    }

    static let cases = [
        Case(result: nil),
        // By time: older than retention.ms, not as old.
        Case(time: 900, result: nil),
        Case(time: 899, result: 10),
        Case(time: 800, result: 10),
        Case(time: 799, result: 20),
        Case(time: 700, result: 20),
        Case(time: 699, result: 30),
        Case(time: 0, result: 30),
        Case(time: 0, isDeleted: false, result: nil),
        Case(time: 0, highWatermark: 29, result: 20),
        Case(time: 0, highWatermark: 9, result: nil),
        Case(time: 0, now: 50, result: nil),
        // By size: a segment goes where at least retention.bytes stay.
        Case(bytes: 300, result: nil),
        Case(bytes: 201, result: nil),
        Case(bytes: 200, result: 10),
        Case(bytes: 100, result: 20),
        Case(bytes: 99, result: 20),
        Case(bytes: 0, result: 30),
        // Below a start that was moved: whatever the policy, never the active segment.
        Case(start: 9, result: nil),
        Case(start: 10, result: 10),
        Case(isDeleted: false, start: 25, result: 20),
        Case(start: 30, result: 20),
        // The first reason ends where it ends, another goes on.
        Case(time: 899, bytes: 100, result: 20),
    ]

    @Test(arguments: RetentionTests.cases) func oldSegmentsGo(one: Case) {
        var settings = TopicSettings()
        settings.retentionMilliseconds = one.time
        settings.retentionBytes = one.bytes
        settings.isDeleted = one.isDeleted
        let start = Retention.newStart(
            Self.segments, settings: settings, startOffset: one.start,
            highWatermark: one.highWatermark, endOffset: 30, now: one.now)
        #expect(start == one.result)
    }

    @Test func anEmptyActiveSegmentStays() {
        var settings = TopicSettings()
        settings.retentionMilliseconds = 0
        let empty = SegmentFacts(baseOffset: 20, size: 0, maxTimestamp: -1)
        #expect(
            Retention.newStart(
                Self.segments[..<2] + [empty], settings: settings, startOffset: 0,
                highWatermark: 20, endOffset: 20, now: 1_000) == 20)
        #expect(
            Retention.newStart(
                [empty], settings: settings, startOffset: 20, highWatermark: 20, endOffset: 20,
                now: 1_000) == nil)
    }

    @Test(
        arguments: [
            // compactedTo, LSO, ratio, lag, now; the active segment never. What is half compacted
            // counts as dirty.
            (0, 30, 0.5, 0, 1_000, 20),
            (0, 19, 0.5, 0, 1_000, 10),
            (0, 9, 0.5, 0, 1_000, nil),
            (10, 30, 0.49, 0, 1_000, 20),
            (10, 30, 0.5, 0, 1_000, nil),
            (15, 30, 0.49, 0, 1_000, 20),
            (15, 30, 0.5, 0, 1_000, nil),
            (20, 30, 0.0, 0, 1_000, nil),
            (0, 30, 0.5, 850, 1_000, 10),
            (0, 30, 0.5, 950, 1_000, nil),
        ] as [(Int64, Int64, Double, Int64, Int64, Int64?)])
    func compactionEndsBeforeWhatIsOpenOrRecent(
        compactedTo: Int64, stable: Int64, ratio: Double, lag: Int64, now: Int64, end: Int64?
    ) {
        var settings = TopicSettings()
        settings.isCompacted = true
        settings.cleanableDirtyRatio = ratio
        settings.compactionLagMillisecondsMin = lag
        func decided() -> Int64? {
            Retention.compactionEnd(
                Self.segments, settings: settings, compactedTo: compactedTo,
                lastStableOffset: stable, now: now)
        }
        #expect(decided() == end)
        // What is older than max.compaction.lag.ms goes whatever the ratio.
        settings.compactionLagMillisecondsMax = now - 201
        #expect(decided() == (compactedTo >= 10 && compactedTo < 20 ? 20 : end))
        settings.isCompacted = false
        #expect(decided() == nil)
    }

    @Test func tombstonesAgeFromTheirFirstCompaction() throws {
        var history = CompactionHistory()
        #expect(history.compactedTo == 0 && history.horizon(now: 100, age: 0) == 0)
        history.passed(to: 10, now: 100, age: 50)
        history.passed(to: 20, now: 120, age: 50)
        #expect(history.compactedTo == 20)
        #expect(history.horizon(now: 149, age: 50) == 0)
        #expect(history.horizon(now: 150, age: 50) == 10)
        #expect(history.horizon(now: 170, age: 50) == 20)
        var encoded = WireWriter()
        history.encode(into: &encoded)
        let back = try encoded.buffer.withUnsafeBytes { bytes in
            var reader = WireReader(bytes)
            return try CompactionHistory(&reader)
        }
        #expect(back == history)
        history.passed(to: 30, now: 180, age: 50)
        #expect(history.passes.map(\.end) == [20, 30])
        for pass in 31...1_000 { history.passed(to: Int64(pass), now: 181, age: 50) }
        #expect(history.passes.count == 256)
        #expect(history.horizon(now: 230, age: 50) == 20)
        #expect(history.horizon(now: 231, age: 50) == 1_000)
    }
}
