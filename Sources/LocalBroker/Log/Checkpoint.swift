/// What is known of a partition at the end of a batch that is on the disk, so that a start reads
/// only what follows. Beside the log, replaced in one step, with a checksum; without a usable one
/// the whole log is read.
struct Checkpoint: Equatable {
    var segmentBase: Int64
    var position: Int
    var endOffset: Int64
    var indexedCount: Int
    var firstTimestamp: Int64
    var newestTimestamp: Int64
    var epochs: LeaderEpochs
    var aborted: [AbortedTransaction]
    var producers: ProducerStates
}

extension Checkpoint: WireValue {
    private static let version: Int16 = 1

    func encode(into writer: inout WireWriter) {
        writer.write(Self.version, segmentBase, Int64(position), endOffset, Int64(indexedCount))
        writer.write(firstTimestamp, newestTimestamp, epochs, aborted, producers)
    }

    init(_ reader: inout WireReader) throws {
        let (version, position, indexedCount): (Int16, Int64, Int64)
        (version, segmentBase, position, endOffset, indexedCount) = try reader.read()
        guard version == Self.version else { throw WireFailure(reason: "version") }
        (self.position, self.indexedCount) = (Int(position), Int(indexedCount))
        (firstTimestamp, newestTimestamp, epochs, aborted, producers) = try reader.read()
        guard position >= 0, indexedCount >= 0, endOffset >= segmentBase, segmentBase >= 0 else {
            throw WireFailure(reason: "figures")
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

extension AbortedTransaction: WireValue {
    init(_ reader: inout WireReader) throws {
        (producerID, firstOffset, lastOffset, stableOffset) = try reader.read()
    }

    func encode(into writer: inout WireWriter) {
        writer.write(producerID, firstOffset, lastOffset, stableOffset)
    }
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

extension LeaderEpochs: WireValue {
    init(_ reader: inout WireReader) throws {
        for (epoch, offset): (Int32, Int64) in try reader.array({ try $0.read() }) {
            began(epoch, at: offset)
        }
    }

    func encode(into writer: inout WireWriter) {
        writer.array(starts) { $0.write($1.epoch, $1.offset) }
    }
}
