internal import CRecordCodec
internal import Glibc

/// One partition: what is known of its log, and the log's files.
///
/// Appends go to the last segment. What a flush put on the disk is visible: the high watermark is
/// the flushed end.
final class Partition {
    private static let checkpointIntervalBytes = 4 << 20
    /// Closed segments whose descriptors are kept open.
    private static let openClosedMax = 2

    let topicID: TopicID
    let name: TopicPartition
    let folder: String
    var settings: TopicSettings
    private let leaderEpoch: Int32
    private let reader: BatchReader
    private(set) var producers = ProducerStates()
    private(set) var epochs = LeaderEpochs()
    /// Ascending by `lastOffset`.
    private(set) var aborted: [AbortedTransaction] = []
    private(set) var segments: [Segment] = []
    private var openClosed: [Segment] = []
    /// First offset that is there.
    private(set) var startOffset: Int64
    /// Next offset to be given.
    private(set) var endOffset: Int64
    /// Flushed: readers see what is below.
    private(set) var highWatermark: Int64
    /// What readers of committed records see.
    var lastStableOffset: Int64 { min(highWatermark, producers.firstOpenOffset ?? highWatermark) }

    /// How far it is compacted; nil: not looked for yet.
    var compaction: CompactionHistory?
    private var unflushedFiles: [LogFile] = []
    private var flushTarget: Int64 = 0
    private var bytesSinceCheckpoint = 0
    private let producersMax: Int

    init(
        topicID: TopicID, name: TopicPartition, folder: String, settings: TopicSettings,
        leaderEpoch: Int32, startOffset: Int64, limits: BrokerSettings.Limits
    ) throws(StorageFailure) {
        self.topicID = topicID
        self.name = name
        self.folder = folder
        self.settings = settings
        self.leaderEpoch = leaderEpoch
        producersMax = limits.producersPerPartitionMax
        reader = BatchReader(unpackedBytesMax: limits.unpackedBytesMax)
        (self.startOffset, endOffset, highWatermark) = (startOffset, 0, 0)
        try makeFolder(folder)
        try recover()
    }

    private var active: Segment { segments[segments.count - 1] }
    var checkpointPath: String { folder + "/checkpoint" }

    // MARK: recovering

    /// From the checkpoint on, or from the begin, every batch is read and must be whole; what comes
    /// after one that is not was never acknowledged, and is cut off.
    private func recover() throws(StorageFailure) {
        let bases = try Segment.bases(in: folder)
        for base in bases {
            segments.append(
                try Segment(folder: folder, baseOffset: base, isClosed: base != bases.last))
        }
        if segments.isEmpty {
            segments = [try Segment(folder: folder, baseOffset: startOffset, isClosed: false)]
        }
        endOffset = segments[0].baseOffset
        var first = 0
        if let checkpoint = try Checkpoint.read(checkpointPath),
            let index = segments.lastIndex(where: { $0.baseOffset == checkpoint.segmentBase }),
            segments[index].size >= checkpoint.position,
            try segments[index].resume(checkpoint)
        {
            (producers, epochs, aborted) = (
                checkpoint.producers, checkpoint.epochs, checkpoint.aborted
            )
            endOffset = checkpoint.endOffset
            first = index
        } else {
            for segment in segments { try segment.forget() }
            first = -1
        }
        try scan(from: max(0, first), isWhole: first < 0)
        startOffset = max(startOffset, segments[0].baseOffset)
        endOffset = max(endOffset, startOffset)
        highWatermark = endOffset
        trim()
    }

    private func scan(from first: Int, isWhole: Bool) throws(StorageFailure) {
        var index = first
        while index < segments.count {
            let segment = segments[index]
            let onDisk = try segment.opened().size()
            let before = segment.size
            let end = try segment.scan(from: segment.size) { header, batch in
                guard header.baseOffset >= endOffset else { return false }
                segment.noted(header)
                note(header, batch, now: header.maxTimestamp)
                return true
            }
            if end > before { fdatasync(try segment.opened().descriptor) }
            if end < onDisk {
                // Without a checkpoint old segments are read too: damage there is no torn tail.
                if isWhole && index + 1 < segments.count {
                    throw StorageFailure(segment.path, "is damaged at byte \(end)")
                }
                try segment.cutTail()
                for later in segments[(index + 1)...] { later.remove() }
                segments.removeSubrange((index + 1)...)
            }
            if index + 1 < segments.count {
                _ = try segment.close(endOffset: segments[index + 1].baseOffset)
                endOffset = max(endOffset, segments[index + 1].baseOffset)
                segment.rest()
            } else if segment.isClosed {
                segment.reopened()
            }
            index += 1
        }
    }

    /// A batch stands in the log at the end.
    private func note(_ header: BatchHeader, _ batch: UnsafeRawBufferPointer, now: Int64) {
        epochs.began(header.leaderEpoch, at: header.baseOffset)
        endOffset = header.lastOffset + 1
        if header.isControl {
            guard let commit = header.markerCommits(batch) else { return }
            let ended = producers.ended(
                producerID: header.producerID, epoch: header.producerEpoch,
                offset: header.baseOffset, committed: commit, now: now)
            if let ended {
                aborted.append(
                    AbortedTransaction(
                        producerID: ended.producerID, firstOffset: ended.firstOffset,
                        lastOffset: ended.lastOffset,
                        stableOffset: producers.firstOpenOffset ?? endOffset))
            }
        } else {
            producers.appended(header, now: now)
        }
    }

    // MARK: appending

    enum AppendResult: Equatable {
        case appended(baseOffset: Int64, logAppendTime: Int64)
        case refused(ErrorCode, String?)
    }

    /// Takes a client's batch; patches its offset in place. Throws where the disk refuses: nothing
    /// is appended then.
    func append(
        _ records: UnsafeMutableRawBufferPointer, now: Int64
    ) throws(StorageFailure) -> AppendResult {
        guard var header = BatchHeader(UnsafeRawBufferPointer(records)) else {
            return .refused(.invalidRecord, "less than a record batch")
        }
        if let fault = header.fault(
            UnsafeRawBufferPointer(records), bytesMax: settings.messageBytesMax)
        {
            return .refused(fault.0, fault.1)
        }
        switch producers.check(header) {
        case .append: break
        case .duplicate(let offset, let timestamp):
            return .appended(
                baseOffset: offset, logAppendTime: settings.hasLogAppendTime ? timestamp : -1)
        case .refused(let code): return .refused(code, nil)
        }
        guard settings.accept(header, now: now) else {
            return .refused(.invalidTimestamp, "a timestamp too far from the broker's time")
        }
        if settings.isCompacted, let fault = keyFault(UnsafeRawBufferPointer(records)) {
            return .refused(.invalidRecord, fault)
        }
        if settings.hasLogAppendTime { header.stamp(records, now: now) }
        try append(&header, records, now: now)
        if producers.count > producersMax {
            producers.expire(before: now - 86_400_000, keepingAtMost: producersMax)
        }
        return .appended(
            baseOffset: header.baseOffset, logAppendTime: settings.hasLogAppendTime ? now : -1)
    }

    private func keyFault(_ batch: UnsafeRawBufferPointer) -> String? {
        do throws(RecordFailure) {
            return try reader.hasRecordWithoutKey(batch)
                ? "a compacted topic takes no record without a key" : nil
        } catch {
            return error.reason
        }
    }

    /// Ends a producer's transaction with a control batch.
    func appendMarker(
        producerID: Int64, epoch: Int16, commit: Bool, now: Int64
    ) throws(StorageFailure) {
        var batch = BatchHeader.marker(
            producerID: producerID, epoch: epoch, commit: commit, coordinatorEpoch: leaderEpoch,
            now: now)
        try batch.withUnsafeMutableBufferPointer { bytes throws(StorageFailure) in
            let raw = UnsafeMutableRawBufferPointer(bytes)
            guard var header = BatchHeader(UnsafeRawBufferPointer(raw)) else { return }
            try append(&header, raw, now: now)
        }
    }

    private func append(
        _ header: inout BatchHeader, _ batch: UnsafeMutableRawBufferPointer, now: Int64
    ) throws(StorageFailure) {
        let size = active.size
        let isOld =
            active.firstTimestamp >= 0
            && header.maxTimestamp &- active.firstTimestamp > settings.rollMilliseconds
        if size > 0,
            size + batch.count > settings.segmentBytes || isOld
                || endOffset - active.baseOffset > Int64(Int32.max) - Int64(header.recordCount)
        {
            try roll()
        }
        header.place(batch, at: endOffset, epoch: leaderEpoch)
        try active.append(UnsafeRawBufferPointer(batch), header)
        bytesSinceCheckpoint += batch.count
        note(header, UnsafeRawBufferPointer(batch), now: now)
    }

    /// Begins a segment, where the active one has something.
    func roll() throws(StorageFailure) {
        guard active.size > 0, endOffset > active.baseOffset else { return }
        let old = active
        let fresh = try Segment(folder: folder, baseOffset: endOffset, isClosed: false)
        unflushedFiles.append(try old.opened())
        if let index = try old.close(endOffset: endOffset) { unflushedFiles.append(index) }
        segments.append(fresh)
        keepOpen(old)
        unflushedFiles.append(try LogFile(path: folder, flags: O_RDONLY | O_DIRECTORY))
        bytesSinceCheckpoint = Self.checkpointIntervalBytes
    }

    // MARK: flushing

    /// Files that must be flushed for what was appended, and the checkpoint to write after that.
    func beginFlush() throws(StorageFailure) -> (files: [LogFile], checkpoint: FileReplacement?) {
        var files = unflushedFiles
        unflushedFiles = []
        files.append(try active.opened())
        flushTarget = endOffset
        guard bytesSinceCheckpoint >= Self.checkpointIntervalBytes else { return (files, nil) }
        if let index = try active.writeIndex() { files.append(index) }
        return (files, checkpoint())
    }

    private func checkpoint() -> FileReplacement {
        bytesSinceCheckpoint = 0
        let checkpoint = Checkpoint(
            segment: active, endOffset: endOffset, epochs: epochs, aborted: aborted,
            producers: producers)
        return .sealed(checkpointPath, checkpoint.encoded())
    }

    /// What the last `beginFlush` named is on the disk.
    func flushed() { highWatermark = max(highWatermark, flushTarget) }

    /// After the last flush: a clean stop leaves nothing to scan.
    func close() throws(StorageFailure) {
        _ = try active.writeIndex()
        try checkpoint().write()
    }

    // MARK: reading

    struct Reading {
        var error = ErrorCode.none
        var range: FileRange?
        var aborted: [AbortedTransaction] = []
    }

    /// Batches from the one that holds `offset` on, up to what the reader may see, as a range of a
    /// segment's file. A cut last batch is the format's way; the first is whole where asked.
    func read(
        from offset: Int64, bytesMax: Int, committed: Bool, atLeastOneBatch: Bool
    ) throws(StorageFailure) -> Reading {
        guard offset >= startOffset, offset <= endOffset else {
            return Reading(error: .offsetOutOfRange)
        }
        let limit = committed ? lastStableOffset : highWatermark
        guard offset < limit, let found = try locate(offset), found.header.baseOffset < limit else {
            return Reading()
        }
        let end = try position(of: limit, in: found.segment)
        var count = min(bytesMax, end - found.position)
        if count < found.header.size { count = atLeastOneBatch ? found.header.size : 0 }
        guard count > 0 else { return Reading() }
        let range = FileRange(
            file: try found.segment.opened(), offset: found.position, count: count)
        return Reading(
            range: range, aborted: committed ? abortedTransactions(from: offset, to: limit) : [])
    }

    private func locate(
        _ offset: Int64
    ) throws(StorageFailure) -> (segment: Segment, position: Int, header: BatchHeader)? {
        var index = segmentIndex(of: offset)
        while index < segments.count {
            let segment = segments[index]
            try prepare(segment)
            if let found = try segment.batch(reaching: offset) {
                return (segment, found.position, found.header)
            }
            index += 1
        }
        return nil
    }

    private func segmentIndex(of offset: Int64) -> Int {
        var (low, high) = (0, segments.count)
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].baseOffset <= offset { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }

    /// Where the batches below the offset end.
    private func position(of limit: Int64, in segment: Segment) throws(StorageFailure) -> Int {
        if limit >= endOffset || segment.isClosed && segments[segmentIndex(of: limit)] !== segment {
            return segment.size
        }
        return try segment.batch(reaching: limit)?.position ?? segment.size
    }

    private func prepare(_ segment: Segment) throws(StorageFailure) {
        guard segment.isClosed else { return }
        try segment.prepare()
        keepOpen(segment)
    }

    private func keepOpen(_ segment: Segment) {
        openClosed.removeAll { $0 === segment }
        openClosed.append(segment)
        if openClosed.count > Self.openClosedMax { openClosed.removeFirst().rest() }
    }

    private func abortedTransactions(from offset: Int64, to limit: Int64) -> [AbortedTransaction] {
        var (low, high) = (0, aborted.count)
        while low < high {
            let middle = (low + high) / 2
            if aborted[middle].lastOffset < offset { low = middle + 1 } else { high = middle }
        }
        var found: [AbortedTransaction] = []
        for one in aborted[low...] {
            if one.firstOffset < limit { found.append(one) }
            if one.stableOffset >= limit { break }
        }
        return found
    }

    /// The first record whose timestamp is at or after `timestamp`.
    func firstRecord(
        atOrAfter timestamp: Int64
    ) throws(StorageFailure) -> (offset: Int64, timestamp: Int64)? {
        for segment in segments where try segment.maxTimestamp() >= timestamp {
            try prepare(segment)
            guard let found = try segment.batch(atOrAfter: timestamp) else { continue }
            var record: (offset: Int64, timestamp: Int64)?
            _ = try segment.scan(from: found.position) { header, batch in
                do throws(RecordFailure) {
                    record = try reader.firstRecord(of: batch, atOrAfter: timestamp)
                } catch {
                    record = (header.baseOffset, header.maxTimestamp)
                }
                return record == nil
            }
            guard let record else { continue }
            return (max(record.offset, startOffset), record.timestamp)
        }
        return nil
    }

    // MARK: deleting

    /// Bytes of all segments.
    var size: Int { segments.reduce(0) { $0 + $1.size } }

    /// Records below are gone: whole segments are removed, the rest is hidden.
    func deleteRecords(below offset: Int64) {
        startOffset = max(startOffset, offset)
        while segments.count > 1, segments[1].baseOffset <= startOffset { removeSegment(at: 0) }
        trim()
    }

    /// Removes a closed segment; the log then begins behind it where it was the first.
    func removeSegment(at index: Int) {
        let segment = segments.remove(at: index)
        openClosed.removeAll { $0 === segment }
        segment.remove()
        if index == 0 { startOffset = max(startOffset, segments[0].baseOffset) }
        trim()
    }

    /// Puts a file and its index in a closed segment's place. Readers of the old one go on with it.
    /// After a crash in between the index is missing, and made anew.
    func replaceSegment(at index: Int, with other: Segment) throws(StorageFailure) {
        let old = segments[index]
        openClosed.removeAll { $0 === old }
        guard unlink(old.indexPath) == 0 || errno == ENOENT, rename(other.path, old.path) == 0,
            rename(other.indexPath, old.indexPath) == 0
        else { throw StorageFailure(old.path, "cannot be replaced", errno) }
        segments[index] = try Segment(folder: folder, baseOffset: old.baseOffset, isClosed: true)
    }

    /// Aborted transactions of which only the marker is left; the next checkpoint lacks them.
    func forget(_ markers: Set<Int64>) {
        if markers.isEmpty { return }
        aborted.removeAll { markers.contains($0.lastOffset) }
        bytesSinceCheckpoint = Self.checkpointIntervalBytes
    }

    /// What retention and compaction decide by.
    func facts() throws(StorageFailure) -> [SegmentFacts] {
        var facts: [SegmentFacts] = []
        for segment in segments {
            if segment.newestTimestamp < 0 { try prepare(segment) }
            facts.append(
                SegmentFacts(
                    baseOffset: segment.baseOffset, size: segment.size,
                    maxTimestamp: segment.newestTimestamp))
        }
        return facts
    }

    private func trim() {
        if let first = aborted.firstIndex(where: { $0.lastOffset >= startOffset }) {
            if first > 0 { aborted.removeFirst(first) }
        } else {
            aborted = []
        }
        epochs.trim(below: startOffset)
    }
}
