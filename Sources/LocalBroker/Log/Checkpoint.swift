/// What is known of a partition at the end of a batch that is on the disk, so that a start reads
/// only what follows. Beside the log, replaced in one step, with a checksum; without a usable one
/// the whole log is read.
struct Checkpoint: Equatable {
    private static let version: Int16 = 1

    var segmentBase: Int64
    var position: Int
    var endOffset: Int64
    var indexedCount: Int
    var firstTimestamp: Int64
    var newestTimestamp: Int64
    var epochs: LeaderEpochs
    var aborted: [AbortedTransaction]
    var producers: ProducerStates

    func encoded() -> [UInt8] {
        var body = WireWriter()
        body.int16(Self.version)
        for number in [
            segmentBase, Int64(position), endOffset, Int64(indexedCount), firstTimestamp,
            newestTimestamp,
        ] { body.int64(number) }
        body.array(epochs.starts) {
            $0.int32($1.epoch)
            $0.int64($1.offset)
        }
        body.array(aborted) {
            $0.int64($1.producerID)
            $0.int64($1.firstOffset)
            $0.int64($1.lastOffset)
            $0.int64($1.stableOffset)
        }
        producers.encode(into: &body)
        return body.buffer
    }

    private init(_ reader: inout WireReader) throws(WireFailure) {
        guard try reader.int16() == Self.version else { throw WireFailure(reason: "version") }
        segmentBase = try reader.int64()
        position = Int(try reader.int64())
        endOffset = try reader.int64()
        indexedCount = Int(try reader.int64())
        (firstTimestamp, newestTimestamp) = (try reader.int64(), try reader.int64())
        epochs = LeaderEpochs()
        for start in try reader.array({ (one: inout WireReader) throws(WireFailure) in
            (epoch: try one.int32(), offset: try one.int64())
        }) { epochs.began(start.epoch, at: start.offset) }
        aborted = try reader.array { (one: inout WireReader) throws(WireFailure) in
            AbortedTransaction(
                producerID: try one.int64(), firstOffset: try one.int64(),
                lastOffset: try one.int64(), stableOffset: try one.int64())
        }
        producers = try ProducerStates(&reader)
        guard position >= 0, indexedCount >= 0, endOffset >= segmentBase, segmentBase >= 0 else {
            throw WireFailure(reason: "figures")
        }
    }

    init(
        segment: Segment, endOffset: Int64, epochs: LeaderEpochs, aborted: [AbortedTransaction],
        producers: ProducerStates
    ) {
        (segmentBase, position) = (segment.baseOffset, segment.size)
        (self.endOffset, indexedCount) = (endOffset, segment.indexedCount)
        (firstTimestamp, newestTimestamp) = (segment.firstTimestamp, segment.newestTimestamp)
        (self.epochs, self.aborted, self.producers) = (epochs, aborted, producers)
    }

    /// Nil where there is none, or it is damaged.
    static func read(_ path: String) throws(StorageFailure) -> Checkpoint? {
        try FileReplacement.readSealed(path) { reader throws(WireFailure) in
            try Checkpoint(&reader)
        }
    }
}

/// A transaction whose records readers of committed records must leave out.
struct AbortedTransaction: Equatable, Sendable {
    var producerID: Int64
    var firstOffset: Int64
    /// Of its control batch.
    var lastOffset: Int64
    /// Below it nothing was open when it was aborted: a later one cannot begin before.
    var stableOffset: Int64
}

/// Which leader epoch began at which offset.
struct LeaderEpochs: Equatable, Sendable {
    private(set) var starts: [(epoch: Int32, offset: Int64)] = []

    static func == (one: Self, other: Self) -> Bool {
        one.starts.elementsEqual(other.starts, by: ==)
    }

    /// An epoch of which there is no record leaves nothing behind.
    mutating func began(_ epoch: Int32, at offset: Int64) {
        guard epoch > starts.last?.epoch ?? -1 else { return }
        while let last = starts.last, last.offset >= offset { starts.removeLast() }
        starts.append((epoch, offset))
    }

    /// The greatest epoch up to `epoch` and the offset behind its last record; where all are
    /// later, the epoch itself and the first offset, as Kafka does.
    func end(of epoch: Int32, logEnd: Int64) -> (epoch: Int32, offset: Int64)? {
        guard let last = starts.lastIndex(where: { $0.epoch <= epoch }) else {
            return starts.first.map { (epoch, $0.offset) }
        }
        let end = last + 1 < starts.count ? starts[last + 1].offset : logEnd
        return (starts[last].epoch, end)
    }

    /// The epoch of a record; -1 where it is not known.
    func epoch(of offset: Int64) -> Int32 { starts.last { $0.offset <= offset }?.epoch ?? -1 }

    mutating func trim(below offset: Int64) {
        while starts.count > 1, starts[1].offset <= offset { starts.removeFirst() }
    }
}
