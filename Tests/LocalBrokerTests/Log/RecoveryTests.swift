import Foundation
import Testing

@testable import LocalBroker

@Suite struct RecoveryTests {
    /// Wherever the last batch is cut, or whichever of its bytes is wrong, the log ends before it.
    @Test func aTornTailIsCut() throws {
        let tail = LogBatch(values: ["lost", "too"]).bytes.count
        for cut in 0..<tail {
            let log = try LogFixture()
            try log.append(["kept"])
            try log.append(["lost", "too"])
            let path = try #require(log.logPaths.first)
            let file = try #require(FileHandle(forUpdatingAtPath: path))
            let size = try file.seekToEnd()
            try file.truncate(atOffset: size - UInt64(tail) + UInt64(cut))
            try file.close()
            try log.reopen()
            #expect(try log.read().map(\.value) == ["kept"])
            #expect(try log.append(["next"]) == 1)
        }
    }

    @Test(arguments: [12, 20, 30, 62, 66])
    func aDamagedTailIsCut(byte: Int) throws {
        let log = try LogFixture()
        try log.append(["kept"])
        let before = try #require(
            try FileManager.default.attributesOfItem(atPath: log.logPaths[0])[.size] as? Int)
        try log.append(["damaged"])
        try flip(log.logPaths[0], before + byte)
        try log.reopen()
        // The leader epoch (byte 12) is not under the checksum.
        #expect(try log.read().map(\.value) == (byte == 12 ? ["kept", "damaged"] : ["kept"]))
    }

    private func flip(_ path: String, _ offset: Int) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[offset] ^= 0x01
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    /// From a checkpoint, from a damaged one, and without one, the state is the same.
    @Test(arguments: ["whole", "damaged", "absent", "no index"])
    func theStateIsTheSame(checkpoint: String) throws {
        let log = try LogFixture { $0.segmentBytes = 3_000 }
        for number in 0..<60 {
            let producer = Int64(number % 3)
            try log.append(
                LogBatch(
                    values: ["\(number)", String(repeating: "x", count: 90)],
                    timestamp: Int64(number),
                    producerID: producer, epoch: 0, sequence: Int32(number / 3 * 2),
                    isTransactional: true))
            if number % 10 == 9 {
                try log.partition.appendMarker(
                    producerID: producer, epoch: 0, commit: number % 20 == 9, now: 5)
            }
            if number == 40 { try log.flush() }
        }
        try log.flush()
        let before = log.partition
        let values = try log.read().map(\.value)
        switch checkpoint {
        case "damaged": try flip(log.folder + "/checkpoint", 30)
        case "absent": try FileManager.default.removeItem(atPath: log.folder + "/checkpoint")
        case "no index":
            for path in log.logPaths {
                try Data().write(to: URL(fileURLWithPath: path.dropLast(4) + ".index"))
            }
        default: break
        }
        try log.reopen()
        let after = log.partition
        #expect(try log.read().map(\.value) == values)
        #expect(after.endOffset == before.endOffset && after.aborted == before.aborted)
        #expect(after.lastStableOffset == before.lastStableOffset)
        #expect(after.segments.map(\.baseOffset) == before.segments.map(\.baseOffset))
        for producer in 0..<3 as Range<Int64> {
            #expect(
                after.producers.hasOpenTransaction(producer)
                    == before.producers.hasOpenTransaction(producer))
            let again = LogBatch(
                values: ["58", ""], producerID: producer, epoch: 0, sequence: 38,
                isTransactional: true)
            guard case .appended(let offset, _) = try log.append(again) else {
                Issue.record("a repeated batch was refused")
                continue
            }
            #expect(offset < before.endOffset)
        }
        #expect(try log.partition.firstRecord(atOrAfter: 30)?.timestamp == 30)
    }

    /// Closing leaves a checkpoint at the end: nothing is read but that.
    @Test func aCleanStopLeavesNothingToScan() throws {
        let log = try LogFixture()
        for number in 0..<50 { try log.append(["\(number)"]) }
        try log.flush()
        try log.partition.close()
        // What stands before the checkpoint is not read again: not even noticed when damaged.
        try flip(log.logPaths[0], 70)
        try log.reopen()
        #expect(log.partition.endOffset == 50)
    }

    /// Damage in an old segment is told, not cut away with all that follows.
    @Test func damageInTheMiddleIsToldWhenAllIsRead() throws {
        let log = try LogFixture { $0.segmentBytes = 500 }
        for number in 0..<50 { try log.append(["\(number)"]) }
        try log.flush()
        try FileManager.default.removeItem(atPath: log.folder + "/checkpoint")
        try flip(log.logPaths[1], 70)
        #expect(throws: StorageFailure.self) { try log.reopen() }
    }

    /// A write that the disk refuses (here: a device that is always full) appends nothing.
    @Test func aRefusedWriteAppendsNothing() throws {
        let log = try LogFixture { $0.segmentBytes = 100 }
        try log.append(["kept"])
        let next = log.folder + "/00000000000000000001.log"
        try FileManager.default.createSymbolicLink(
            atPath: next, withDestinationPath: "/dev/full")
        for _ in 0..<2 {
            #expect(throws: StorageFailure.self) { try log.append(["refused"]) }
            #expect(log.partition.endOffset == 1)
        }
        try FileManager.default.removeItem(atPath: next)
        try log.reopen()
        #expect(try log.append(["next"]) == 1)
        try log.flush()
        #expect(try log.read().map(\.value) == ["kept", "next"])
    }

    /// Where the index cannot be written no second file stays behind: readers would look there.
    @Test func aRefusedRollLeavesNothingBehind() throws {
        let log = try LogFixture { $0.segmentBytes = 100 }
        try log.append(["kept"])
        let index = log.folder + "/00000000000000000000.index"
        try FileManager.default.removeItem(atPath: index)
        try FileManager.default.createSymbolicLink(atPath: index, withDestinationPath: "/dev/full")
        try log.reopen()
        for _ in 0..<2 { #expect(throws: StorageFailure.self) { try log.append(["refused"]) } }
        #expect(log.logPaths.count == 1 && log.partition.segments.count == 1)
        try FileManager.default.removeItem(atPath: index)
        try log.reopen()
        #expect(try log.append(["next"]) == 1)
        try log.flush()
        #expect(try log.read().map(\.value) == ["kept", "next"])
    }

    /// A power cut before the first flush may tear any segment: that is no damage, and is cut.
    @Test func whatWasNeverFlushedIsCutInAnySegment() throws {
        let log = try LogFixture { $0.segmentBytes = 100 }
        for value in ["kept", "torn", "after"] { try log.append([value]) }
        #expect(log.logPaths.count == 3)
        try flip(log.logPaths[1], 66)
        try log.reopen()
        #expect(log.partition.cutBytes == 2 * LogBatch(values: ["torn"]).bytes.count + 1)
        #expect(try log.read().map(\.value) == ["kept"])
        #expect(try log.append(["next"]) == 1)
    }

    /// Kill -9 between rolls and the checkpoint that follows them: every segment is read.
    @Test func segmentsAfterTheCheckpointAreRead() throws {
        let log = try LogFixture { $0.segmentBytes = 200 }
        for number in 0..<20 {
            try log.append(
                LogBatch(
                    values: ["\(number)"], producerID: 7, epoch: 0, sequence: Int32(number)))
        }
        #expect(log.partition.segments.count > 5)
        try log.reopen()
        #expect(log.partition.endOffset == 20)
        #expect(try log.read().map(\.value) == (0..<20).map(String.init))
        let again = LogBatch(values: ["19"], producerID: 7, epoch: 0, sequence: 19)
        #expect(try log.append(again) == .appended(baseOffset: 19, logAppendTime: -1))
    }

    /// Whichever entry is damaged, the index is made again, and nothing is overlooked.
    @Test func aDamagedIndexIsMadeAgain() throws {
        let log = try LogFixture { $0.segmentBytes = 40_000 }
        for number in 0..<160 {
            let value = "\(number)" + String(repeating: "x", count: 400)
            try log.append([value], timestamp: Int64(number))
        }
        try log.flush()
        let path = log.folder + "/00000000000000000000.index"
        let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
        #expect(size > 200 && log.partition.segments.count == 2)
        for byte in stride(from: 0, to: size, by: 5) {
            try flip(path, byte)
            try log.reopen()
            for offset in [0, 40, 79] as [Int64] {
                let reading = try log.partition.read(
                    from: offset, bytesMax: 1, committed: false, atLeastOneBatch: true)
                let range = try #require(reading.range)
                let base = try log.contents(range).withUnsafeBytes { BatchHeader($0)?.baseOffset }
                #expect(base == offset, "byte \(byte)")
                #expect(try log.partition.firstRecord(atOrAfter: offset)?.offset == offset)
            }
        }
    }

    /// However many segments there are, few files are open.
    @Test func descriptorsAreFew() throws {
        let log = try LogFixture { $0.segmentBytes = 100 }
        for number in 0..<300 {
            try log.append(["\(number)"], timestamp: Int64(number))
            if number % 10 == 0 { try log.flush() }
        }
        try log.flush()
        for path in [true, false] {
            if !path { try FileManager.default.removeItem(atPath: log.folder + "/checkpoint") }
            try log.reopen()
            #expect(log.partition.segments.count == 300)
            #expect(try openFiles(in: log.folder) <= 8)
            #expect(try log.partition.firstRecord(atOrAfter: 250)?.offset == 250)
            #expect(try log.read().count == 300)
            #expect(try openFiles(in: log.folder) <= 8)
        }
    }

    private func openFiles(in folder: String) throws -> Int {
        // Others' descriptors come and go meanwhile.
        let name = URL(fileURLWithPath: folder).lastPathComponent
        return try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter {
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/fd/" + $0)
            return target?.contains(name) == true
        }.count
    }
}
