/// What one partition knows of its idempotent and transactional producers: a pure machine, rebuilt
/// from the log. What is accepted is what Kafka 3.9 accepts.
struct ProducerStates: Equatable, Sendable {
    /// What a batch that a client sends means.
    enum Verdict: Equatable, Sendable {
        case append
        /// Already there, at this offset: acknowledged again, not appended.
        case duplicate(baseOffset: Int64, timestamp: Int64)
        case refused(ErrorCode)
    }

    struct Aborted: Equatable, Sendable {
        var producerID: Int64
        var firstOffset: Int64
        /// The offset of the marker.
        var lastOffset: Int64
    }

    fileprivate struct Batch: Equatable, Sendable {
        var firstSequence: Int32
        var lastSequence: Int32
        var baseOffset: Int64
        var timestamp: Int64
    }

    fileprivate struct Producer: Equatable, Sendable {
        var epoch: Int16
        /// The last five of this epoch: a client has at most five requests under way.
        var batches: [Batch] = []
        var openOffset: Int64?
        var lastActivity: Int64

        /// The first batch of an epoch begins at 0; sequences wrap after Int32.max.
        var nextSequence: Int32 {
            batches.last.map { ProducerStates.sequence($0.lastSequence, plus: 1) } ?? 0
        }

        /// A marker may carry the epoch that fenced the producer: it counts from then on.
        mutating func enter(_ epoch: Int16) {
            guard epoch > self.epoch else { return }
            self.epoch = epoch
            batches = []
        }
    }

    fileprivate struct Open: Equatable, Sendable {
        var producerID: Int64
        var firstOffset: Int64
    }

    fileprivate static let batchesMax = 5
    private static let version: Int8 = 1

    private var producers: [Int64: Producer] = [:]
    /// Open transactions. Offsets grow, so that appending keeps their order: the oldest is first.
    private var open: [Open] = []

    init() {}

    var count: Int { producers.count }

    /// The first offset of the oldest open transaction: readers of committed records stop there.
    var firstOpenOffset: Int64? { open.first?.firstOffset }

    func hasOpenTransaction(_ producerID: Int64) -> Bool {
        producers[producerID]?.openOffset != nil
    }

    /// Where each producer's last batch begins.
    var lastBatches: Set<Int64> { Set(producers.values.compactMap { $0.batches.last?.baseOffset }) }

    func check(_ batch: BatchHeader) -> Verdict {
        if batch.producerID < 0 { return .append }
        // Of an unknown producer any sequence is taken: its records may have been deleted by
        // retention, and it may have been forgotten.
        guard let producer = producers[batch.producerID] else { return .append }
        if batch.producerEpoch < producer.epoch { return .refused(.invalidProducerEpoch) }
        if batch.producerEpoch == producer.epoch {
            let last = batch.lastSequence
            for known in producer.batches
            where known.firstSequence == batch.baseSequence && known.lastSequence == last {
                return .duplicate(baseOffset: known.baseOffset, timestamp: known.timestamp)
            }
        }
        let expected = batch.producerEpoch == producer.epoch ? producer.nextSequence : 0
        if batch.baseSequence != expected { return .refused(.outOfOrderSequenceNumber) }
        if producer.openOffset != nil && !batch.isTransactional {
            return .refused(.invalidTransactionState)
        }
        return .append
    }

    /// A data batch stands in the log (also while recovering).
    mutating func appended(_ batch: BatchHeader, now: Int64) {
        let id = batch.producerID
        guard id >= 0 else { return }
        var begins = false
        // In place: a copy of the entry would copy its batches.
        func take(_ producer: inout Producer) {
            producer.enter(batch.producerEpoch)
            if producer.batches.count == Self.batchesMax { producer.batches.removeFirst() }
            producer.batches.append(
                Batch(
                    firstSequence: batch.baseSequence, lastSequence: batch.lastSequence,
                    baseOffset: batch.baseOffset, timestamp: batch.maxTimestamp))
            producer.lastActivity = now
            begins = batch.isTransactional && producer.openOffset == nil
            if begins { producer.openOffset = batch.baseOffset }
        }
        take(&producers[id, default: Producer(epoch: batch.producerEpoch, lastActivity: now)])
        if begins { open.append(Open(producerID: id, firstOffset: batch.baseOffset)) }
    }

    /// A control batch stands in the log at `offset`. Returns the transaction that it aborted.
    mutating func ended(
        producerID: Int64, epoch: Int16, offset: Int64, committed: Bool, now: Int64
    ) -> Aborted? {
        var producer = producers[producerID] ?? Producer(epoch: epoch, lastActivity: now)
        let first = producer.openOffset
        producer.enter(epoch)
        producer.openOffset = nil
        producer.lastActivity = now
        producers[producerID] = producer
        guard let first else { return nil }
        open.removeAll { $0.producerID == producerID }
        return committed
            ? nil : Aborted(producerID: producerID, firstOffset: first, lastOffset: offset)
    }

    /// Forgets producers that were last active before a time, and the least recently active ones
    /// above a number; never one with an open transaction. An eighth more goes than must, so that
    /// a caller at the limit does not sort for each producer.
    mutating func expire(before: Int64, keepingAtMost: Int) {
        producers = producers.filter { $1.openOffset != nil || $1.lastActivity >= before }
        guard producers.count > keepingAtMost else { return }
        let excess = producers.count - (keepingAtMost - keepingAtMost / 8)
        let oldest = producers.filter { $1.openOffset == nil }
            .sorted { ($0.value.lastActivity, $0.key) < ($1.value.lastActivity, $1.key) }
        for (id, _) in oldest.prefix(excess) { producers[id] = nil }
    }

    fileprivate static func sequence(_ first: Int32, plus count: Int32) -> Int32 {
        Int32(truncatingIfNeeded: (Int64(first) + Int64(count)) & Int64(Int32.max))
    }
}

extension BatchHeader {
    fileprivate var lastSequence: Int32 {
        ProducerStates.sequence(baseSequence, plus: lastOffsetDelta)
    }
}

// MARK: checkpoints

extension ProducerStates: WireValue {
    func encode(into writer: inout WireWriter) { writer.write(Self.version, producers) }

    init(_ reader: inout WireReader) throws {
        let version: Int8
        (version, producers) = try reader.read()
        guard version == Self.version else {
            throw WireFailure(reason: "producer states of version \(version)")
        }
        open = producers.compactMap { id, producer in
            producer.openOffset.map { Open(producerID: id, firstOffset: $0) }
        }
        open.sort { $0.firstOffset < $1.firstOffset }
    }
}

extension ProducerStates.Batch: WireValue {
    init(_ reader: inout WireReader) throws {
        (firstSequence, lastSequence, baseOffset, timestamp) = try reader.read()
    }

    func encode(into writer: inout WireWriter) {
        writer.write(firstSequence, lastSequence, baseOffset, timestamp)
    }
}

extension ProducerStates.Producer: WireValue {
    init(_ reader: inout WireReader) throws {
        let openOffset: Int64
        (epoch, lastActivity, openOffset, batches) = try reader.read()
        self.openOffset = openOffset < 0 ? nil : openOffset
        guard batches.count <= ProducerStates.batchesMax else {
            throw WireFailure(reason: "too many batches")
        }
    }

    func encode(into writer: inout WireWriter) {
        writer.write(epoch, lastActivity, openOffset ?? -1, batches)
    }
}
