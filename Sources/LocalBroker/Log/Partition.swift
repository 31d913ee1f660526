internal import CRecordCodec
internal import Glibc

/// One partition: what is known of its log, and the log's files.
///
/// Appends go to the last segment. What a flush put on the disk is visible: the high watermark is
/// the flushed end.
final class Partition {
    private static let checkpointIntervalBytes = 4 << 20

    let topicID: TopicID
    let name: TopicPartition
    let folder: String
    var settings: TopicSettings
    private let leaderEpoch: Int32
    let reader: BatchReader
    private(set) var producers = ProducerStates()
    private(set) var epochs = LeaderEpochs()
    /// Ascending by `lastOffset`.
    private(set) var aborted: [AbortedTransaction] = []
    private(set) var segments: [Segment] = []
    var openClosed: [Segment] = []
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
    /// Base offset of the segment of the checkpoint on the disk, and of that on its way; or -1.
    private var (checkpointed, checkpointing): (Int64, Int64) = (-1, -1)
    var hasFlushedFolders = false
    private let producersMax: Int
    /// What the start found behind the last whole batch, and cut.
    private(set) var cutBytes = 0

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
        let checkpoint: Checkpoint? = try FileReplacement.readSealed(checkpointPath)
        checkpointed = checkpoint?.segmentBase ?? -1
        var first: Int?
        if let checkpoint,
            let index = segments.lastIndex(where: { $0.baseOffset == checkpoint.segmentBase }),
            segments[index].size >= checkpoint.position,
            try segments[index].resume(checkpoint)
        {
            (producers, epochs, aborted) = (
                checkpoint.producers, checkpoint.epochs, checkpoint.aborted
            )
            endOffset = checkpoint.endOffset
            first = index
        }
        try scan(from: first, checkpointed: checkpoint?.segmentBase ?? .max)
        startOffset = max(startOffset, segments[0].baseOffset)
        endOffset = max(endOffset, startOffset)
        highWatermark = endOffset
        epochs.began(leaderEpoch, at: endOffset)
        trim()
        // What does not fit this log might fit what is written from here on.
        if checkpointed >= 0, first == nil { try makeFirstCheckpoint() }
    }

    /// Reads from a segment on, the first one from where the checkpoint ends; nil: everything.
    private func scan(from first: Int?, checkpointed: Int64) throws(StorageFailure) {
        var index = first ?? 0
        while index < segments.count {
            let segment = segments[index]
            if index > first ?? -1 { try segment.forget() }
            let onDisk = try segment.opened().size()
            let before = segment.size
            let end = try segment.scan(from: segment.size) { header, batch in
                guard header.baseOffset >= endOffset else { return false }
                segment.noted(header)
                note(header, batch, now: header.maxTimestamp)
                return true
            }
            if end > before {
                try segment.opened().flush()
                try syncFolder(folder)
            }
            if end < onDisk {
                // Damage before the last checkpoint is no torn tail.
                if segment.baseOffset < checkpointed, index + 1 < segments.count {
                    throw StorageFailure(segment.path, "is damaged at byte \(end)")
                }
                cutBytes += segments[(index + 1)...].reduce(onDisk - end) { $0 + $1.size }
                try segment.cutTail()
                for later in segments[(index + 1)...] { later.remove() }
                if index + 1 < segments.count { try syncFolder(folder) }
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
            active.firstTimestamp >= 0 && header.maxTimestamp >= active.firstTimestamp
            && header.maxTimestamp - active.firstTimestamp > settings.rollMilliseconds
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
        if checkpointed < 0 {
            if checkpointing >= 0 { return }  // It is on its way.
            try makeFirstCheckpoint()
        }
        let old = active
        let directory = try LogFile(path: folder, flags: O_RDONLY | O_DIRECTORY)
        let file = try old.opened()
        let fresh = try Segment(folder: folder, baseOffset: endOffset, isClosed: false)
        do throws(StorageFailure) {
            if let index = try old.close(endOffset: endOffset) { unflushedFiles.append(index) }
        } catch {
            // Readers would look for what follows in the new one, while the old one goes on.
            fresh.remove()
            throw error
        }
        segments.append(fresh)
        keepOpen(old)
        unflushedFiles += [file, directory]
        bytesSinceCheckpoint = Self.checkpointIntervalBytes
    }

    /// Before there is a second segment: of several, only what a checkpoint does not cover may be
    /// cut at a start.
    private func makeFirstCheckpoint() throws(StorageFailure) {
        try active.writeIndex()?.flush()
        try active.opened().flush()
        try checkpoint().write()
        (checkpointed, checkpointing) = (checkpointing, -1)
    }

    // MARK: flushing

    /// Files that must be flushed for what was appended, and the checkpoint to write after that.
    func beginFlush() throws(StorageFailure) -> (files: [LogFile], checkpoint: FileReplacement?) {
        var files = taken(&unflushedFiles)
        files.append(try active.opened())
        flushTarget = endOffset
        guard bytesSinceCheckpoint >= Self.checkpointIntervalBytes else { return (files, nil) }
        if let index = try active.writeIndex() { files.append(index) }
        return (files, checkpoint())
    }

    private func checkpoint() -> FileReplacement {
        (bytesSinceCheckpoint, checkpointing) = (0, active.baseOffset)
        let checkpoint = Checkpoint(
            segmentBase: active.baseOffset, position: active.size, endOffset: endOffset,
            indexedCount: active.indexedCount, firstTimestamp: active.firstTimestamp,
            newestTimestamp: active.newestTimestamp, epochs: epochs, aborted: aborted,
            producers: producers)
        return .sealed(checkpointPath, checkpoint)
    }

    /// What the last `beginFlush` named is on the disk.
    func flushed() {
        highWatermark = max(highWatermark, flushTarget)
        if checkpointing >= 0 { (checkpointed, checkpointing) = (checkpointing, -1) }
    }

    /// After the last flush: a clean stop leaves nothing to scan.
    func close() throws(StorageFailure) {
        _ = try active.writeIndex()
        try checkpoint().write()
    }

    // MARK: deleting

    /// Records below are gone: whole segments are removed, the rest is hidden. A segment stays until
    /// a checkpoint behind it is on the disk: without either, offsets would begin anew.
    func deleteRecords(below offset: Int64) {
        startOffset = max(startOffset, offset)
        let end = min(startOffset, checkpointed)
        while segments.count > 1, segments[1].baseOffset <= end { removeSegment(at: 0) }
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
        try require(
            (unlink(old.indexPath) == 0 || errno == ENOENT) && rename(other.path, old.path) == 0
                && rename(other.indexPath, old.indexPath) == 0, old.path, "cannot be replaced")
        segments[index] = try Segment(folder: folder, baseOffset: old.baseOffset, isClosed: true)
    }

    /// Aborted transactions of which only the marker is left; the next checkpoint lacks them.
    func forget(_ markers: Set<Int64>) {
        if markers.isEmpty { return }
        aborted.removeAll { markers.contains($0.lastOffset) }
        bytesSinceCheckpoint = Self.checkpointIntervalBytes
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
