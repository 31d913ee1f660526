internal import Glibc

/// Compacts closed segments of one partition: of each key's records the latest stays. Runs on a
/// thread of its own and changes no file that is in use: what a segment becomes is written into a
/// folder beside it, until the partition swaps them.
struct CompactionJob: Sendable {
    struct Source: Sendable {
        var baseOffset: Int64
        /// The next segment's base offset.
        var endOffset: Int64
        var path: String
        var size: Int
    }

    struct Outcome: Sendable {
        /// Segments that lost something, in order. Those of 0 bytes have nothing left.
        var changed: [(source: Source, size: Int)] = []
        /// The log is compacted up to here.
        var end: Int64
        /// Aborted transactions of which nothing is left but the marker, by its offset.
        var forgotten: Set<Int64> = []
    }

    static let folderPrefix = "cleaned"

    var partition: TopicPartition
    /// The partition's; no other job has the same folder for what it writes.
    var folder: String
    var cleanedFolder: String
    /// From the log's start, in order; all are closed and flushed.
    var sources: [Source]
    /// Records below are compacted already, and those from `end` on stay as they are.
    var compactedTo: Int64
    var end: Int64
    /// Tombstones and markers below have been seen by every reader.
    var horizon: Int64
    /// Aborted transactions of these segments.
    var aborted: [AbortedTransaction]
    /// Where each producer's last batch begins: its sequence number must survive.
    var lastBatches: Set<Int64>
    var unpackedBytesMax: Int
    /// Keys of one pass, which take 24 MiB; what is beyond waits for the next.
    var keysMax = 500_000

    func run() throws -> Outcome {
        let reader = BatchReader(unpackedBytesMax: unpackedBytesMax)
        let aborts = AbortedRanges(aborted)
        let (keys, end) = try latestOffsets(reader, aborts)
        var filter = BatchFilter(job: self, keys: keys, end: end, aborts: aborts, reader: reader)
        var outcome = Outcome(end: end)
        try makeFolder(cleanedFolder)
        for source in sources where source.baseOffset < end {
            if let size = try clean(source, &filter) { outcome.changed.append((source, size)) }
        }
        try syncFolder(cleanedFolder)
        // The checkpoint that lies behind all these segments has to survive with them.
        try syncFolder(folder)
        outcome.forgotten = filter.forgotten
        return outcome
    }

    /// The latest offset of each key in what is not compacted yet, as far as the keys find room.
    private func latestOffsets(
        _ reader: BatchReader, _ aborts: AbortedRanges
    ) throws -> (KeyOffsets, end: Int64) {
        var (keys, end) = (KeyOffsets(), end)
        for source in sources where source.endOffset > compactedTo {
            try batches(of: source) { header, bytes, _ in
                if header.baseOffset >= end { return false }
                if header.lastOffset < compactedTo || header.isControl || aborts.contains(header) {
                    return true
                }
                if keys.count >= keysMax {
                    end = header.baseOffset
                    return false
                }
                try reader.records(of: bytes) { record in
                    if let key = record.key {
                        keys.saw(key, at: header.baseOffset + Int64(record.offsetDelta))
                    }
                    return true
                }
                return true
            }
        }
        return (keys, end)
    }

    /// Writes what stays of a segment; nil where all of it stays. A segment that loses nothing is
    /// only read.
    private func clean(_ source: Source, _ filter: inout BatchFilter) throws -> Int? {
        var output: Segment?
        try batches(of: source) { header, bytes, position in
            let verdict = try filter.verdict(header, bytes)
            if output == nil, verdict != .keep { output = try copy(source, upTo: position) }
            switch verdict {
            case .keep: try output?.append(bytes, header)
            case .rewritten:
                try filter.rebuilt.withUnsafeBytes { bytes in
                    if let header = BatchHeader(bytes) { try output?.append(bytes, header) }
                }
            case .drop: break
            }
            return true
        }
        guard let output else { return nil }
        try output.close(endOffset: source.endOffset)?.flush()
        try output.opened().flush()
        return output.size
    }

    /// A segment in the other folder that begins as the source does.
    private func copy(_ source: Source, upTo end: Int) throws -> Segment {
        let output = try Segment(
            folder: cleanedFolder, baseOffset: source.baseOffset, isClosed: false)
        try batches(of: source) { header, bytes, position in
            if position < end { try output.append(bytes, header) }
            return position < end
        }
        return output
    }

    /// Walks the batches of a segment with their positions until `body` returns false. All are
    /// checked: a damaged key must not displace another, nor damage get a new and fitting checksum.
    private func batches(
        of source: Source, _ body: (BatchHeader, UnsafeRawBufferPointer, Int) throws -> Bool
    ) throws {
        let file = try LogFile(path: source.path, flags: O_RDONLY)
        var window = ReadWindow(file: file, end: source.size)
        var position = 0
        while position < source.size {
            guard let head = try window.bytes(at: position, count: BatchHeader.size),
                let header = BatchHeader(head), header.length >= BatchHeader.size - 12,
                let batch = try window.bytes(at: position, count: header.size),
                header.isWhole(batch), header.baseOffset < source.endOffset
            else { throw StorageFailure(source.path, "is damaged at byte \(position)") }
            if try !body(header, batch, position) { return }
            position += header.size
        }
    }
}

/// The aborted transactions by producer, to be asked in any order.
struct AbortedRanges {
    private var ranges: [Int64: [ClosedRange<Int64>]] = [:]

    /// Those of one producer follow each other.
    init(_ aborted: [AbortedTransaction]) {
        for one in aborted where one.firstOffset <= one.lastOffset {
            ranges[one.producerID, default: []].append(one.firstOffset...one.lastOffset)
        }
    }

    func contains(_ batch: BatchHeader) -> Bool {
        guard batch.isTransactional, let ranges = ranges[batch.producerID] else { return false }
        let found = ranges.firstIndex(behind: { $0.upperBound < batch.baseOffset })
        return found < ranges.count && ranges[found].contains(batch.baseOffset)
    }
}

/// Decides batch by batch, in the order of the log, what stays.
private struct BatchFilter {
    enum Verdict { case keep, drop, rewritten }

    let job: CompactionJob
    let keys: KeyOffsets
    let end: Int64
    let aborts: AbortedRanges
    let reader: BatchReader
    /// The batch in its new form, where the verdict says so.
    var rebuilt: [UInt8] = []
    /// Producers of whose current transaction a batch has stayed: its marker must stay too, or
    /// whoever reads the log anew takes the transaction for an open one.
    var unended: Set<Int64> = []
    var forgotten: Set<Int64> = []

    mutating func verdict(
        _ header: BatchHeader, _ bytes: UnsafeRawBufferPointer
    ) throws -> Verdict {
        if header.isControl {
            let hasRecords = unended.remove(header.producerID) != nil
            if hasRecords || header.lastOffset >= job.horizon { return .keep }
            // Readers leave out a producer's records from an aborted transaction's first offset to
            // its marker: as long as the transaction is listed, the marker has to stand.
            guard aborts.contains(header) else { return .drop }
            forgotten.insert(header.baseOffset)
            return .keep
        }
        let verdict = try dataVerdict(header, bytes)
        if verdict != .drop, header.isTransactional { unended.insert(header.producerID) }
        return verdict
    }

    private mutating func dataVerdict(
        _ header: BatchHeader, _ bytes: UnsafeRawBufferPointer
    ) throws -> Verdict {
        if header.baseOffset >= end { return .keep }
        let isAborted = aborts.contains(header)
        rebuilt.removeAll(keepingCapacity: true)
        rebuilt.append(contentsOf: bytes[..<BatchHeader.size])
        var (count, maxTimestamp): (Int32, Int64) = (0, -1)
        if !isAborted {
            try reader.records(of: bytes) { record in
                if stays(record, at: header.baseOffset + Int64(record.offsetDelta)) {
                    rebuilt.append(contentsOf: record.bytes)
                    count += 1
                    maxTimestamp = max(maxTimestamp, header.baseTimestamp &+ record.timestampDelta)
                }
                return true
            }
        }
        if count == 0 && !job.lastBatches.contains(header.baseOffset) { return .drop }
        if count == header.recordCount { return .keep }
        let keepsTimestamp = header.hasLogAppendTime || count == 0
        seal(header, count, keepsTimestamp ? header.maxTimestamp : maxTimestamp)
        return .rewritten
    }

    private func stays(_ record: Record, at offset: Int64) -> Bool {
        guard let key = record.key else { return false }
        if let latest = keys[key], latest > offset { return false }
        return record.value != nil || offset >= job.horizon
    }

    /// Patches the head: no codec, another length, count and checksum; the rest as it was.
    private mutating func seal(_ header: BatchHeader, _ count: Int32, _ maxTimestamp: Int64) {
        rebuilt.withUnsafeMutableBytes { bytes in
            bytes.set(8, Int32(bytes.count - 12))
            bytes.set(21, header.attributes & ~0x07)
            bytes.set(35, maxTimestamp)
            bytes.set(57, count)
            var sealed = header
            sealed.seal(bytes)
        }
    }
}
