import Foundation
import Testing

@testable import LocalBroker

@Suite struct PartitionTests {
    @Test func whatIsFlushedIsRead() throws {
        let log = try LogFixture()
        #expect(try log.append(["a", "b"]) == 0)
        #expect(try log.append(["c"]) == 2)
        #expect(try log.read().isEmpty)
        try log.flush()
        #expect(try log.read().map(\.value) == ["a", "b", "c"])
        #expect(try log.read(from: 1).map(\.offset) == [1, 2])
        #expect(log.partition.highWatermark == 3)
        #expect(
            try log.partition.read(from: 4, bytesMax: 9, committed: false, atLeastOneBatch: true)
                .error == .offsetOutOfRange)
        #expect(
            try log.partition.read(from: 3, bytesMax: 9, committed: false, atLeastOneBatch: true)
                .range == nil)
    }

    /// Many segments, each searched in its file, whatever a fetch may carry.
    @Test(arguments: [1, 300, 5_000, 1 << 20])
    func everyOffsetIsFoundInEverySegment(bytesMax: Int) throws {
        let log = try LogFixture { $0.segmentBytes = 20_000 }
        var expected: [String] = []
        for number in 0..<900 {
            let values = (0...(number % 3)).map {
                "\(number)-\($0)" + String(repeating: "x", count: 40)
            }
            try log.append(values, timestamp: Int64(number) * 10)
            expected += values
        }
        try log.flush()
        #expect(log.partition.segments.count > 5)
        #expect(try log.read(bytesMax: bytesMax).map(\.value) == expected)
        for offset in stride(from: 0, to: expected.count, by: 37) {
            #expect(try log.read(from: Int64(offset), bytesMax: 1).first?.value == expected[offset])
        }
    }

    @Test func timesAreFoundAcrossSegments() throws {
        let log = try LogFixture { $0.segmentBytes = 2_000 }
        for number in 0..<200 { try log.append(["a", "b", "c"], timestamp: Int64(number) * 100) }
        try log.flush()
        for time in [0, 1, 2, 3, 99, 100, 5_001, 19_902] as [Int64] {
            let (batch, delta) = (time / 100, time % 100)
            let expected = delta <= 2 ? batch * 3 + delta : (batch + 1) * 3
            #expect(try log.partition.firstRecord(atOrAfter: time)?.offset == expected)
        }
        #expect(try log.partition.firstRecord(atOrAfter: 19_903) == nil)
    }

    @Test func badBatchesAreRefusedWithTheirCode() throws {
        let log = try LogFixture { $0.messageBytesMax = 200 }
        func code(_ change: (inout [UInt8]) -> Void, seal: Bool = true) throws -> ErrorCode? {
            var bytes = LogBatch(values: ["a", "b"]).bytes
            change(&bytes)
            if seal { bytes = LogBatch.sealed(bytes) }
            let result = try bytes.withUnsafeMutableBytes { try log.partition.append($0, now: 0) }
            guard case .refused(let code, _) = result else { return nil }
            return code
        }
        #expect(try code { $0[70] ^= 1 } == nil)
        #expect(try code({ $0[70] ^= 1 }, seal: false) == .corruptMessage)
        #expect(try code { $0[16] = 1 } == .invalidRecord)
        #expect(try code { $0[16] = 3 } == .corruptMessage)
        #expect(try code { $0[11] -= 1 } == .corruptMessage)
        #expect(try code { $0[8] = 0x80 } == .corruptMessage)
        #expect(try code { $0[22] = 0x20 } == .invalidRecord)
        #expect(try code { $0[22] = 5 } == .unsupportedCompressionType)
        #expect(try code { $0[60] = 3 } == .invalidRecord)
        #expect(try code { $0[60] = 0 } == .invalidRecord)
        #expect(try code { $0[11] += 1 } == .invalidRecord)
        #expect(try code({ $0 += LogBatch(values: ["c"]).bytes }, seal: false) == .invalidRecord)
        #expect(
            try log.append(LogBatch(values: [String(repeating: "x", count: 200)]))
                == .refused(.messageTooLarge, "271 bytes are more than max.message.bytes (200)"))
        #expect(log.partition.endOffset == 2)
    }

    @Test func appendTimeIsUnderTheChecksum() throws {
        let log = try LogFixture { $0.hasLogAppendTime = true }
        #expect(
            try log.append(LogBatch(values: ["a", "b"]), now: 77)
                == .appended(baseOffset: 0, logAppendTime: 77))
        try log.flush()
        let range = try #require(
            try log.partition.read(from: 0, bytesMax: 999, committed: false, atLeastOneBatch: true)
                .range)
        let bytes = try log.contents(range)
        bytes.withUnsafeBytes { raw in
            let header = BatchHeader(raw)
            #expect(
                header?.isWhole(raw) == true && header?.hasLogAppendTime == true
                    && header?.maxTimestamp == 77)
        }
        #expect(try log.partition.firstRecord(atOrAfter: 77)?.timestamp == 77)
    }

    /// Readers of committed records stop at the first open transaction, and are told what to leave out.
    @Test func isolation() throws {
        let log = try LogFixture()
        try log.append(
            LogBatch(values: ["a"], producerID: 7, epoch: 0, sequence: 0, isTransactional: true))
        try log.append(["plain"])
        try log.append(
            LogBatch(values: ["b"], producerID: 8, epoch: 0, sequence: 0, isTransactional: true))
        try log.flush()
        #expect(try log.read(committed: true).isEmpty)
        #expect(try log.read().map(\.value) == ["a", "plain", "b"])
        try log.partition.appendMarker(producerID: 7, epoch: 0, commit: true, now: 1)
        try log.flush()
        #expect(try log.read(committed: true).map(\.value) == ["a", "plain"])
        try log.partition.appendMarker(producerID: 8, epoch: 0, commit: false, now: 1)
        try log.flush()
        let reading = try log.partition.read(
            from: 0, bytesMax: 999, committed: true, atLeastOneBatch: true)
        #expect(
            reading.aborted == [
                AbortedTransaction(producerID: 8, firstOffset: 2, lastOffset: 4, stableOffset: 5)
            ])
        #expect(
            try log.partition.read(from: 5, bytesMax: 999, committed: true, atLeastOneBatch: true)
                .aborted.isEmpty)
        #expect(log.partition.lastStableOffset == 5)
    }

    @Test func deletedRecordsAreGoneForGood() throws {
        let log = try LogFixture { $0.segmentBytes = 1_000 }
        for number in 0..<100 { try log.append(["\(number)"]) }
        try log.flush()
        let before = log.logPaths.count
        log.partition.deleteRecords(below: 50)
        #expect(log.logPaths.count < before)
        #expect(try log.read(from: 50).count == 50)
        #expect(
            try log.partition.read(from: 49, bytesMax: 9, committed: false, atLeastOneBatch: true)
                .error == .offsetOutOfRange)
        try log.reopen(startOffset: 50)
        #expect(log.partition.startOffset == 50)
        #expect(try log.read(from: 50).first?.value == "50")
    }

    @Test func epochsEndWhereTheNextBegins() throws {
        let log = try LogFixture()
        try log.append(["a", "b"])
        try log.flush()
        try log.reopen()
        try log.append(["c"])
        let epochs = log.partition.epochs
        #expect(epochs.end(of: 1, logEnd: 3)?.offset == 2)
        #expect(epochs.end(of: 2, logEnd: 3)?.offset == 3)
        #expect(
            epochs.end(of: 0, logEnd: 3)?.epoch == 0 && epochs.end(of: 0, logEnd: 3)?.offset == 0)
        #expect(epochs.epoch(of: 1) == 1 && epochs.epoch(of: 2) == 2)
        // Starts without a record leave nothing behind.
        for _ in 0..<3 { try log.reopen() }
        #expect(log.partition.epochs.starts.map(\.epoch) == [1, 2, 5])
        #expect(log.partition.epochs.end(of: 5, logEnd: 3)?.offset == 3)
    }

    /// Times as no clock has them do not trap; the one that is too old for any bound is refused.
    @Test func extremeTimesAreTaken() throws {
        let log = try LogFixture()
        for time in [5, .min, .max, -1, 5] as [Int64] {
            try log.append(["a"], timestamp: time)
        }
        try log.flush()
        #expect(try log.read().count == 4)
        #expect(try log.partition.firstRecord(atOrAfter: 6)?.offset == 1)
    }

    @Test func deletedRecordsAreNotFoundByTime() throws {
        let log = try LogFixture()
        for number in 0..<4 as Range<Int64> { try log.append(["a", "b"], timestamp: number * 10) }
        try log.flush()
        log.partition.deleteRecords(below: 3)
        #expect(try log.partition.firstRecord(atOrAfter: 0)?.offset == 3)
        #expect(try log.partition.firstRecord(atOrAfter: 0)?.timestamp == 11)
        #expect(try log.partition.firstRecord(atOrAfter: 12)?.offset == 4)
    }
}
