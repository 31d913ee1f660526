import Foundation
import Testing

@testable import LocalBroker

/// What a power cut may do to what was not flushed, at the worst moments.
@Suite struct PowerCutTests {
    /// A segment that begins where the flushed records end is not on the disk yet: what stands
    /// before it is all that keeps the offsets from beginning again.
    @Test func whatIsDeletedStaysUntilItsSuccessorIsOnTheDisk() throws {
        let log = try LogFixture { $0.segmentBytes = 300 }
        try log.append(["first"])
        let count = log.partition.segments.count
        while log.partition.segments.count == count {
            try log.flush()
            try log.append(["more"])
        }
        let end = log.partition.highWatermark
        log.partition.deleteRecords(below: end)
        #expect(log.partition.startOffset == end)
        try FileManager.default.removeItem(atPath: #require(log.partition.segments.last).path)
        try log.reopen()
        #expect(log.partition.endOffset == end)
        // As soon as it is there, what is deleted goes.
        try log.append(["more", String(repeating: "x", count: 300)])
        try log.append(["more"])
        try log.flush()
        log.partition.deleteRecords(below: log.partition.highWatermark)
        #expect(log.logPaths.count == 1)
    }

    /// Of several segments only what a checkpoint does not cover may be cut: there is no second
    /// one before the first checkpoint is on the disk, and not merely on its way.
    @Test func noSegmentBeginsWhileTheFirstCheckpointIsOnItsWay() throws {
        let log = try LogFixture { $0.segmentBytes = 4_300_000 }
        let value = String(repeating: "x", count: 100_000)
        for _ in 0..<42 { try log.append([value]) }
        let part = try log.partition.beginFlush()
        let checkpoint = try #require(part.checkpoint)
        for _ in 0..<5 { try log.append([value]) }
        let kept = log.folder + "-kept"
        try FileManager.default.copyItem(atPath: log.folder, toPath: kept)
        try cut(log.logPaths[0], by: 10)
        try log.reopen()
        try FileManager.default.removeItem(atPath: log.folder)
        try FileManager.default.moveItem(atPath: kept, toPath: log.folder)
        try log.reopen()
        #expect(log.partition.endOffset == 47)
        try checkpoint.write()
        try log.append([value])
        #expect(log.logPaths.count == 2)
    }

    private func cut(_ path: String, by count: UInt64) throws {
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.truncate(atOffset: try file.seekToEnd() - count)
        try file.close()
    }

    /// A checkpoint ahead of its log (`--fsync os`) does not become one in the middle of what is
    /// written later.
    @Test func aCheckpointAheadOfItsLogIsReplaced() throws {
        let log = try LogFixture { $0.segmentBytes = 20_000 }
        for number in 0..<120 { try log.append(["\(number)" + String(repeating: "x", count: 20)]) }
        try log.flush()
        try log.partition.close()
        try cut(log.logPaths[0], by: 6_005)
        try log.reopen()
        #expect(log.partition.cutBytes > 0)
        while log.logPaths.count == 1 { try log.append([String(repeating: "y", count: 300)]) }
        let end = log.partition.endOffset
        try log.reopen()
        #expect(log.partition.endOffset == end && log.partition.cutBytes == 0)
    }

    /// One record or several in exactly so many bytes.
    private func batch(_ count: Int, bytes: Int) throws -> LogBatch {
        for length in max(0, bytes - 100 - 10 * count)..<bytes {
            let values = Array(repeating: "", count: count - 1)
            let batch = LogBatch(values: values + [String(repeating: "x", count: length)])
            if batch.bytes.count == bytes { return batch }
        }
        throw StorageFailure("no batch", "of \(bytes) bytes")
    }

    /// The index of a removed segment may have survived it: the next of that name begins its own.
    @Test func anIndexThatWasLeftBehindIsNotReadOn() throws {
        let old = try LogFixture { $0.segmentBytes = 24_000 }
        let small = try batch(1, bytes: 500)
        for _ in 0..<49 { try old.append(small) }
        #expect(old.logPaths.count == 2)
        let log = try LogFixture { $0.segmentBytes = 24_000 }
        let large = try batch(200, bytes: 6_000)
        for _ in 0..<4 { try log.append(large) }
        try FileManager.default.copyItem(
            atPath: old.logPaths[0].dropLast(3) + "index",
            toPath: log.folder + "/00000000000000000800.index")
        for _ in 0..<5 { try log.append(large) }
        #expect(log.logPaths.count == 3)
        try log.flush()
        try log.reopen()
        #expect(try log.read(from: 1_500).first?.offset == 1_500)
    }

    /// A file is on the disk with its name, and that with the names of the folders above.
    @Test func theFirstFlushNamesTheFolders() throws {
        let driver = try TransactionDriver()
        var folders: [Set<String>] = []
        driver.onFlush = { folders.append($0.folders) }
        let mine = try driver.begin(nil)
        for sequence in 0..<2 as Range<Int32> {
            _ = try driver.produce(to: 0, mine, sequence: sequence, isTransactional: false)
        }
        let own = driver.partition(0).folder
        let topic = String(own.dropLast(2))
        let all = [own, topic, driver.folder + "/topics", driver.folder]
        #expect(folders == [[], Set(all), []])
    }

    private struct Cut: Error {}

    /// A transaction that was decided is over before anyone can ask for its offsets.
    @Test func decidedTransactionsAreOverWhenTheStartIs() throws {
        let driver = try TransactionDriver()
        let mine = try driver.begin()
        #expect(try driver.add([0], to: mine) == [0])
        #expect(try driver.produce(to: 0, mine, sequence: 0) == 0)
        #expect(try driver.addOffsets(to: mine) == 0)
        #expect(try driver.commitOffset(9, of: mine) == [0])
        driver.onFlush = { _ in throw Cut() }
        #expect(throws: Cut.self) { try driver.end(mine, commit: true) }
        let folder = driver.folder + "-copy"
        try FileManager.default.copyItem(atPath: driver.folder, toPath: folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let broker = Broker(
            BrokerSettings(dataDirectory: folder), hooks: FaultHooks(try LoopControl())
        ) { _ in }
        try broker.open()
        #expect(broker.transactions.records["a"]?.state == .completeCommit)
        #expect(broker.offsets["g", TransactionDriver.name(0)]?.offset == 9)
        #expect(broker.partitions[TransactionDriver.name(0)]?.lastStableOffset == 2)
    }
}
