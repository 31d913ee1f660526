/// Finding what readers ask for. Nothing of the log is read but headers, and what times are looked
/// for in.
extension Partition {
    /// Closed segments whose descriptors are kept open.
    private static let openClosedMax = 2

    struct Reading {
        var error = ErrorCode.none
        var range: FileRange?
        var aborted: [AbortedTransaction] = []
        /// The range ends with a closed segment, and more follows in the next: no use in waiting.
        var isAtSegmentEnd = false
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
            range: range, aborted: committed ? abortedTransactions(from: offset, to: limit) : [],
            isAtSegmentEnd: found.segment.isClosed && found.position + count == found.segment.size)
    }

    private func locate(
        _ offset: Int64
    ) throws(StorageFailure) -> (segment: Segment, position: Int, header: BatchHeader)? {
        for segment in segments[segmentIndex(of: offset)...] {
            try prepare(segment)
            if let found = try segment.batch(reaching: offset) {
                return (segment, found.position, found.header)
            }
        }
        return nil
    }

    private func segmentIndex(of offset: Int64) -> Int {
        max(0, segments.firstIndex(behind: { $0.baseOffset <= offset }) - 1)
    }

    /// Where the batches below the offset end.
    private func position(of limit: Int64, in segment: Segment) throws(StorageFailure) -> Int {
        if limit >= endOffset || segment.isClosed && segments[segmentIndex(of: limit)] !== segment {
            return segment.size
        }
        return try segment.batch(reaching: limit)?.position ?? segment.size
    }

    func prepare(_ segment: Segment) throws(StorageFailure) {
        guard segment.isClosed else { return }
        try segment.prepare()
        keepOpen(segment)
    }

    func keepOpen(_ segment: Segment) {
        openClosed.removeAll { $0 === segment }
        openClosed.append(segment)
        if openClosed.count > Self.openClosedMax { openClosed.removeFirst().rest() }
    }

    private func abortedTransactions(from offset: Int64, to limit: Int64) -> [AbortedTransaction] {
        let first = aborted.firstIndex(behind: { $0.lastOffset < offset })
        var found: [AbortedTransaction] = []
        for one in aborted[first...] {
            if one.firstOffset < limit { found.append(one) }
            if one.stableOffset >= limit { break }
        }
        return found
    }

    /// The first record whose timestamp is at or after `timestamp`.
    func firstRecord(
        atOrAfter timestamp: Int64
    ) throws(StorageFailure) -> (offset: Int64, timestamp: Int64)? {
        for segment in segments[segmentIndex(of: startOffset)...] {
            try prepare(segment)
            guard try segment.maxTimestamp() >= timestamp,
                let found = try segment.batch(atOrAfter: timestamp)
            else { continue }
            var record: (offset: Int64, timestamp: Int64)?
            _ = try segment.scan(from: found.position) { header, batch in
                if header.lastOffset < startOffset || header.maxTimestamp < timestamp {
                    return true
                }
                do {
                    record = try reader.firstRecord(
                        of: batch, atOrAfter: timestamp, from: startOffset)
                } catch {
                    record = (max(header.baseOffset, startOffset), header.maxTimestamp)
                }
                return record == nil
            }
            if let record { return record }
        }
        return nil
    }

    /// Bytes of all segments.
    var size: Int { segments.reduce(0) { $0 + $1.size } }

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
}
