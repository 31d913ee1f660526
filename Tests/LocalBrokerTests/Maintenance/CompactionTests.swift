import CRecordCodec
import Glibc
import Testing

@testable import LocalBroker

/// Compaction against a naive model: a list of records and the rules, nothing of files or batches.
@Suite struct CompactionTests {
    struct Model {
        struct One: Equatable {
            var offset: Int64
            var key: UInt8
            var value: [UInt8]?
            var isAborted = false
        }

        var all: [One] = []

        /// What readers of committed records must find.
        func expected(end: Int64, horizon: Int64) -> [One] {
            var latest: [UInt8: Int64] = [:]
            for one in all where one.offset < end && !one.isAborted { latest[one.key] = one.offset }
            return all.filter { one in
                one.offset >= end
                    || !one.isAborted && latest[one.key] == one.offset
                        && (one.value != nil || one.offset >= horizon)
            }
        }
    }

    /// A log of random batches: its segments, what is aborted, and the model.
    struct RandomLog {
        var generator: SplitMix
        var model = Model()
        var segments: [[UInt8]] = []
        var bases: [Int64] = []
        var aborted: [AbortedTransaction] = []
        var lastBatches: [Int64: Int64] = [:]
        var endOffset: Int64 = 0
        private var open: [Int64: (first: Int64, offsets: [Int64])] = [:]

        init(seed: UInt64) { generator = SplitMix(state: seed) }

        mutating func segment(batches: Int) {
            bases.append(endOffset)
            segments.append([])
            for _ in 0..<batches { batch() }
        }

        /// Ends every open transaction: the last stable offset is the end.
        mutating func settle() {
            for producer in open.keys.sorted() { marker(producer) }
        }

        private mutating func batch() {
            let producer = Int64.random(in: -2...3, using: &generator)
            if open[producer] != nil, Bool.random(using: &generator) { return marker(producer) }
            let count = Int.random(in: 1...5, using: &generator)
            let entries = (0..<count).map { _ -> ([UInt8]?, [UInt8]?) in
                let isTombstone = Int.random(in: 0..<5, using: &generator) == 0
                let length = Int.random(in: 0...40, using: &generator)
                return (
                    [UInt8.random(in: 0..<12, using: &generator)],
                    isTombstone ? nil : [UInt8](repeating: UInt8(length), count: length)
                )
            }
            var built = BuiltBatch(
                endOffset, entries, codec: Int.random(in: 0...4, using: &generator))
            for (index, entry) in entries.enumerated() {
                model.all.append(
                    Model.One(
                        offset: endOffset + Int64(index), key: entry.0![0], value: entry.1))
            }
            if producer >= 0 {
                built.producerID = producer
                built.sequence = Int32(truncatingIfNeeded: endOffset)
                lastBatches[producer] = endOffset
            }
            if producer > 0 {
                built.attributes = 0x10
                open[producer, default: (endOffset, [])].offsets += (0..<count).map {
                    endOffset + Int64($0)
                }
            }
            append(built)
        }

        private mutating func marker(_ producer: Int64) {
            guard let transaction = open.removeValue(forKey: producer) else { return }
            let commits = Bool.random(using: &generator)
            var built = BuiltBatch(endOffset, [([0, 0, 0, commits ? 1 : 0], [0, 0, 0, 0, 0, 0])])
            (built.attributes, built.producerID) = (0x30, producer)
            if !commits {
                aborted.append(
                    AbortedTransaction(
                        producerID: producer, firstOffset: transaction.first,
                        lastOffset: endOffset, stableOffset: 0))
                let dropped = Set(transaction.offsets)
                for index in model.all.indices where dropped.contains(model.all[index].offset) {
                    model.all[index].isAborted = true
                }
            }
            append(built)
        }

        private mutating func append(_ built: BuiltBatch) {
            segments[segments.count - 1] += built.bytes
            endOffset += Int64(built.lastOffsetDelta) + 1
        }
    }

    /// What a log holds: records that are not in control batches, and each batch as it stands.
    static func contents(_ bytes: [UInt8], _ aborts: AbortedRanges) throws -> (
        records: [Model.One], batches: [BatchHeader: [UInt8]], markers: Set<Int64>
    ) {
        var (records, batches, markers) = ([Model.One](), [BatchHeader: [UInt8]](), Set<Int64>())
        var position = 0
        var last: Int64 = -1
        while position < bytes.count {
            let header = try #require(bytes[position...].withUnsafeBytes { BatchHeader($0) })
            let batch = Array(bytes[position..<position + header.size])
            #expect(
                Array(batch[21...]).withUnsafeBytes {
                    headway_crc32c($0.baseAddress, $0.count) == header.crc
                })
            #expect(header.baseOffset > last)
            last = header.lastOffset
            batches[header] = batch
            if header.isControl {
                markers.insert(header.baseOffset)
            } else {
                for one in try RecordsTests.read(batch) {
                    #expect(
                        header.baseTimestamp + one.timestamp <= header.maxTimestamp)
                    records.append(
                        Model.One(
                            offset: header.baseOffset + Int64(one.delta), key: one.key![0],
                            value: one.value, isAborted: aborts.contains(header)))
                }
            }
            position += header.size
        }
        return (records, batches, markers)
    }

    /// Several compactions of a growing log, some stopped in the middle of the keys, each compared
    /// with the model; what a compaction leaves is the next one's log.
    @Test(arguments: 0..<60 as Range<UInt64>) func whatStaysIsWhatTheRulesSay(seed: UInt64) throws {
        var log = RandomLog(seed: seed)
        let folder = ScratchFolder()
        var (compactedTo, horizon): (Int64, Int64) = (0, 0)
        var forgotten: Set<Int64> = []
        for round in 0..<4 {
            let first = log.segments.count
            for _ in 0..<2 { log.segment(batches: 12) }
            log.settle()
            for index in first..<log.segments.count {
                try folder.write("\(index).log", log.segments[index])
            }
            let before = try Self.whole(log, folder)
            let job = try Self.job(
                log, folder, compactedTo: compactedTo, horizon: horizon,
                keysMax: round % 2 == 0 ? 4 : 1_000)
            let outcome = try job.run()
            #expect(outcome.end > compactedTo && outcome.end <= log.endOffset)
            for (source, size) in outcome.changed {
                let cleaned = try Segment(
                    folder: job.cleanedFolder, baseOffset: source.baseOffset, isClosed: true)
                #expect(cleaned.size == size && size < source.size + 4_096)
                // Its index is whole: nothing has to be read anew.
                let index = try LogFile(path: cleaned.indexPath, flags: O_RDONLY)
                let whole = try index.size()
                try cleaned.prepare()
                #expect(try index.size() == whole && whole >= IndexEntry.size)
                #expect(rename(cleaned.path, source.path) == 0)
            }
            try removeFolder(job.cleanedFolder)
            let after = try Self.whole(log, folder)
            try Self.compare(log, before, after, end: outcome.end, horizon: horizon)
            #expect(outcome.forgotten.isSubset(of: log.aborted.map(\.lastOffset)))
            forgotten.formUnion(outcome.forgotten)
            // A second run over the same finds nothing to do.
            var again = try Self.job(
                log, folder, compactedTo: compactedTo, horizon: horizon, keysMax: 1_000)
            again.end = outcome.end
            #expect(try again.run().changed.isEmpty)
            compactedTo = outcome.end
            if round == 1 { horizon = compactedTo }
            if round == 2 { log.aborted.removeAll { forgotten.contains($0.lastOffset) } }
        }
    }

    static func whole(_ log: RandomLog, _ folder: ScratchFolder) throws -> [UInt8] {
        try log.segments.indices.flatMap { try folder.bytes("\($0).log") }
    }

    static func job(
        _ log: RandomLog, _ folder: ScratchFolder, compactedTo: Int64, horizon: Int64, keysMax: Int
    ) throws -> CompactionJob {
        let ends = log.bases.dropFirst() + [log.endOffset]
        let sources = try log.segments.indices.map { index in
            CompactionJob.Source(
                baseOffset: log.bases[index], endOffset: Array(ends)[index],
                path: "\(folder.path)/\(index).log", size: try folder.bytes("\(index).log").count)
        }
        return CompactionJob(
            partition: TopicPartition(topic: "keys", partition: 0), folder: folder.path,
            cleanedFolder: folder.path + "/cleaned", sources: sources, compactedTo: compactedTo,
            end: log.endOffset, horizon: horizon, aborted: log.aborted,
            lastBatches: Set(log.lastBatches.values), unpackedBytesMax: 1 << 20, keysMax: keysMax)
    }

    static func compare(
        _ log: RandomLog, _ before: [UInt8], _ after: [UInt8], end: Int64, horizon: Int64
    ) throws {
        let aborts = AbortedRanges(log.aborted)
        let (old, new) = (try contents(before, aborts), try contents(after, aborts))
        #expect(new.records == log.model.expected(end: end, horizon: horizon))
        for (header, bytes) in new.batches {
            if old.batches[header] == bytes { continue }
            // A rewritten batch has the same place, producer and sequence.
            let origin = try #require(
                old.batches.keys.first { $0.baseOffset == header.baseOffset })
            #expect(header.codec == 0 && header.recordCount < origin.recordCount)
            var same = header
            (same.length, same.crc) = (origin.length, origin.crc)
            (same.attributes, same.maxTimestamp) = (origin.attributes, origin.maxTimestamp)
            same.recordCount = origin.recordCount
            #expect(same == origin && header.attributes == origin.attributes & ~7)
        }
        // The sequence of each producer's last batch survives, and the marker of each transaction
        // of which a batch is left or which is listed as aborted.
        let bases = Set(new.batches.keys.map(\.baseOffset))
        #expect(bases.isSuperset(of: log.lastBatches.values))
        #expect(new.markers.isSuperset(of: log.aborted.map(\.lastOffset)))
        var open: Set<Int64> = []
        for header in new.batches.keys.sorted(by: { $0.baseOffset < $1.baseOffset })
        where header.isTransactional {
            if header.isControl {
                open.remove(header.producerID)
            } else {
                open.insert(header.producerID)
            }
        }
        #expect(open.isEmpty)
        #expect(new.markers.isSuperset(of: old.markers.filter { $0 >= horizon }))
    }

    @Test func damageIsNotGivenAFittingChecksum() throws {
        let folder = ScratchFolder()
        var bytes = BuiltBatch(0, [([1], [1]), ([2], [2])]).bytes
        bytes[bytes.count - 2] ^= 1
        try folder.write("0.log", bytes + BuiltBatch(2, [([1], [3])]).bytes)
        var log = RandomLog(seed: 0)
        (log.segments, log.bases, log.endOffset) = ([[]], [0], 3)
        let job = try Self.job(log, folder, compactedTo: 0, horizon: 0, keysMax: 10)
        let failure = #expect(throws: StorageFailure.self) { _ = try job.run() }
        #expect(failure?.description.hasSuffix("0.log is damaged at byte 0") == true)
    }

    @Test func manyKeysFindRoom() {
        var keys = KeyOffsets()
        for round in 0..<2 {
            for number in 0..<20_000 {
                withUnsafeBytes(of: number) { keys.saw($0, at: Int64(round * 20_000 + number)) }
            }
        }
        #expect(keys.count == 20_000)
        for number in 0..<20_000 {
            #expect(withUnsafeBytes(of: number) { keys[$0] } == Int64(20_000 + number))
        }
        #expect(withUnsafeBytes(of: -1) { keys[$0] } == nil)
    }
}

extension BatchHeader: Hashable {
    func hash(into hasher: inout Hasher) { hasher.combine(baseOffset) }
}
