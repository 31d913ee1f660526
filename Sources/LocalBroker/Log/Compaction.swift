/// A partition's old records: what retention removes, and the compaction that is done aside.
extension Partition {
    private var compactionPath: String { folder + "/compaction" }

    func keyFault(_ batch: UnsafeRawBufferPointer) -> String? {
        do {
            return try reader.hasRecordWithoutKey(batch)
                ? "a compacted topic takes no record without a key" : nil
        } catch {
            return "\(error)"
        }
    }

    /// Removes the segments that are too old or too many. True where the active one was rolled.
    func retain(now: Int64) throws(StorageFailure) -> Bool {
        guard
            let start = Retention.newStart(
                try facts(), settings: settings, startOffset: startOffset,
                highWatermark: highWatermark, endOffset: endOffset, now: now)
        else { return false }
        let rolls = start == endOffset && segments[segments.count - 1].size > 0
        if rolls { try roll() }
        deleteRecords(below: start)
        return rolls
    }

    /// What is worth compacting now; nil: nothing. The checkpoint on the disk has to lie behind it,
    /// or a start after a crash would go on in the middle of a segment that is another one now.
    func compactionJob(now: Int64, unpackedBytesMax: Int) throws(StorageFailure) -> CompactionJob? {
        guard settings.isCompacted else { return nil }
        if compaction == nil { compaction = try FileReplacement.readSealed(compactionPath) }
        let history = compaction ?? CompactionHistory()
        compaction = history
        guard
            let end = Retention.compactionEnd(
                try facts(), settings: settings, compactedTo: history.compactedTo,
                lastStableOffset: lastStableOffset, now: now),
            let checkpoint: Checkpoint = try FileReplacement.readSealed(checkpointPath),
            checkpoint.segmentBase >= end
        else { return nil }
        for name in try folderContents(folder) where name.hasPrefix(CompactionJob.folderPrefix) {
            try removeFolder("\(folder)/\(name)")
        }
        let sources = zip(segments, segments.dropFirst()).prefix { $0.0.baseOffset < end }.map {
            CompactionJob.Source(
                baseOffset: $0.baseOffset, endOffset: $1.baseOffset, path: $0.path, size: $0.size)
        }
        // A marker stays as long as a start may find its transaction listed.
        let checkpointed = checkpoint.aborted.last?.lastOffset ?? -1
        return CompactionJob(
            partition: name, folder: folder,
            cleanedFolder:
                "\(folder)/\(CompactionJob.folderPrefix)-\(UInt64.random(in: 0...(.max)))",
            sources: sources, compactedTo: history.compactedTo, end: end,
            horizon: history.horizon(now: now, age: settings.deleteRetentionMilliseconds),
            aborted: checkpoint.aborted + aborted.filter { $0.lastOffset > checkpointed },
            lastBatches: producers.lastBatches, unpackedBytesMax: unpackedBytesMax)
    }

    /// Swaps the segments, the oldest first: a crash in between leaves records that the next
    /// compaction removes, and never a removal without its reason. What was deleted meanwhile
    /// stays so.
    func compacted(
        _ job: CompactionJob, _ outcome: CompactionJob.Outcome, now: Int64
    ) throws(StorageFailure) {
        for (source, size) in outcome.changed {
            guard let index = segments.firstIndex(where: { $0.baseOffset == source.baseOffset })
            else { continue }
            if size == 0 && index > 0 {
                removeSegment(at: index)
            } else {
                let cleaned = try Segment(
                    folder: job.cleanedFolder, baseOffset: source.baseOffset, isClosed: true)
                try replaceSegment(at: index, with: cleaned)
            }
        }
        forget(outcome.forgotten)
        try syncFolder(folder)
        var history = compaction ?? CompactionHistory()
        history.passed(to: outcome.end, now: now, age: settings.deleteRetentionMilliseconds)
        compaction = history
        try FileReplacement.sealed(compactionPath, history).write()
        try removeFolder(job.cleanedFolder)
    }
}
