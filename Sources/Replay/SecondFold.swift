package import Aggregates
package import Contracts
internal import Events
package import Kafka
internal import Ledger

/// Reads a stream's log again from its start up to given offsets and folds it by the same rules as
/// ingest, but with nothing of its state: what the ledger holds at these offsets must be equal to
/// it.
package final class SecondFold {
    /// A partition and how far it is read.
    package struct Extent: Sendable, Equatable {
        /// The ledger's id of the topic partition.
        package var id: Int32
        package var partition: Int32
        package var nextOffset: Int64
        /// Offsets of records that were put aside for a reason outside of the record: the database
        /// refused them, or the process died of them. The log alone does not tell.
        package var putAside: Set<Int64>
        /// Offsets that an operator passed over: nothing of them was ever counted.
        package var passedOver: [Range<Int64>] = []
        /// Offsets, ascending, at which the log is told apart: what is collected of records from
        /// one on has another part's number than what is before. None: it is all part 0.
        package var cuts: [Int64] = []

        package init(id: Int32, partition: Int32, nextOffset: Int64, putAside: Set<Int64>) {
            self.id = id
            self.partition = partition
            self.nextOffset = nextOffset
            self.putAside = putAside
        }
    }

    /// What a lane of a collected batch is of: a partition's records between two cuts.
    package struct Lane: Sendable, Equatable {
        /// The ledger's id of the topic partition.
        package var id: Int32
        package var part: Int

        package init(id: Int32, part: Int) {
            self.id = id
            self.part = part
        }
    }

    /// A batch is collected before it has more lanes, or takes more memory.
    private static let lanesMax = 2_048
    private static let bytesMax = 32 << 20

    private let contract: StreamContract
    private let extents: [Extent]
    private let decoder: EventDecoder
    private let fold: Fold
    private let fingerprinter: Fingerprinter
    private var seen: [FingerprintTable]
    private var isDone: [Bool]
    private var extentOf: [Int32: Int] = [:]
    private var headers: [HeaderView] = []
    private var figures = SecondFigures()
    /// By extent: the part that is read, and its lane in the open batch, or -1.
    private var parts: [Int]
    private var laneOf: [Int]
    private var lanes: [Lane] = []
    private var collector: (FoldBatch, [Lane]) -> Void = { _, _ in }

    package init(contract: StreamContract, extents: [Extent]) throws(SecondFoldFailure) {
        self.contract = contract
        self.extents = extents
        decoder = EventDecoder(contract: contract)
        fold = Fold(contract: contract)
        // A key of its own: a collision of the ledger's fingerprints shows as a difference.
        let key = (0..<Fingerprinter.keyLength).map { _ in UInt8.random(in: 0...255) }
        guard let fingerprinter = Fingerprinter(key: key) else {
            throw SecondFoldFailure(message: "libsodium does not start")
        }
        self.fingerprinter = fingerprinter
        seen = extents.map { _ in FingerprintTable() }
        isDone = extents.map { $0.nextOffset == 0 }
        parts = extents.map { _ in 0 }
        laneOf = extents.map { _ in -1 }
        for (index, extent) in extents.enumerated() { extentOf[extent.partition] = index }
    }

    /// Reads and folds all of it into figures. `progress` gets the count of records passed and says
    /// whether to go on. Throws `SecondFoldFailure` where the log cannot be read.
    package func run(settings: KafkaSettings, progress: (Int64) -> Bool) throws -> SecondFigures {
        var sums = SecondFigures()
        var read = try run(settings: settings, progress: progress) { batch, lanes in
            sums.add(batch, ids: lanes.map(\.id))
        }
        (read.hours, read.days, read.measurements) = (sums.hours, sums.days, sums.measurements)
        return read
    }

    /// Reads and folds; hands over each batch with what its lanes are of, by their number. The
    /// figures that are returned have counts, dead letters and ends, and no sums.
    package func run(
        settings: KafkaSettings, progress: (Int64) -> Bool,
        collect: @escaping (FoldBatch, [Lane]) -> Void
    ) throws -> SecondFigures {
        collector = collect
        defer { collector = { _, _ in } }
        var consumer = try KafkaConsumer(settings: settings)
        let topic = contract.topic.name
        for extent in extents {
            figures.firstOffsets[extent.id] = try consumer.watermarks(
                topic: topic, partition: extent.partition, timeout: .seconds(10)
            ).low
        }
        try consumer.assign(
            extents.filter { $0.nextOffset > 0 }.map { extent in
                let first = figures.firstOffsets[extent.id] ?? 0
                return TopicPartitionOffset(
                    topic: topic, partition: extent.partition, offset: first)
            })
        var failure: SecondFoldFailure?
        var passed: Int64 = 0
        var silence = 0
        while isDone.contains(false) && failure == nil {
            let count = consumer.poll(max: 5_000, timeout: .seconds(1)) { event in
                switch event {
                case .record(let record):
                    passed += 1
                    take(record)
                case .endOfPartition(let place, let offset): ended(place.partition, at: offset)
                case .failure(let place, let failed) where place != nil || failed.isFatal:
                    failure = failure ?? SecondFoldFailure(message: "\(topic): \(failed)")
                case .failure: break
                }
            }
            silence = count == 0 ? silence + 1 : 0
            if silence == LogCheck.silenceMax { failure = .silent(topic) }
            guard progress(passed) else { throw SecondFoldFailure.stopped }
        }
        consumer.close(within: .seconds(5))
        if let failure { throw failure }
        collectOpen()
        return figures
    }

    private func ended(_ partition: Int32, at offset: Int64) {
        guard let index = extentOf[partition], !isDone[index] else { return }
        isDone[index] = true
        if offset < extents[index].nextOffset { figures.short[extents[index].id] = offset }
    }

    private func take(_ record: borrowing KafkaRecord) {
        guard let index = extentOf[record.partition], !isDone[index] else { return }
        let offset = record.offset
        guard offset < extents[index].nextOffset else {
            isDone[index] = true
            return
        }
        if offset + 1 == extents[index].nextOffset { isDone[index] = true }
        if extents[index].passedOver.contains(where: { $0.contains(offset) }) { return }
        if extents[index].putAside.contains(offset) {
            figures.counts[extents[index].id, default: OutcomeCounts()].deadLetter += 1
        } else {
            count(record, index: index)
        }
    }

    private func count(_ record: borrowing KafkaRecord, index: Int) {
        let (value, timestamp) = (record.value, record.timestampMilliseconds)
        let outcome = record.withHeaders { views in
            headers.removeAll(keepingCapacity: true)
            for view in views { headers.append(HeaderView(name: view.name, value: view.value)) }
            return headers.withUnsafeBufferPointer {
                decoder.decode(
                    RawRecord(value: value, headers: $0, timestampMilliseconds: timestamp))
            }
        }
        let id = extents[index].id
        switch outcome {
        case .skipped: figures.counts[id, default: OutcomeCounts()].skipped += 1
        case .dead(let reason): dead(id, record.offset, reason.reason)
        case .event: countEvent(index: index, offset: record.offset)
        }
    }

    private func dead(_ id: Int32, _ offset: Int64, _ reason: String) {
        figures.counts[id, default: OutcomeCounts()].deadLetter += 1
        figures.deadLetters[SecondFigures.Place(id: id, offset: offset)] = reason
    }

    private func countEvent(index: Int, offset: Int64) {
        let id = extents[index].id
        let day = contract.zone.day(at: decoder.time).dayNumber
        // Identities are kept by the day of the event, as ingest keeps them.
        let identity = fingerprinter.fingerprint(source: decoder.source, id: decoder.id)
        let key = identity ^ (UInt64(truncatingIfNeeded: day) &* 0x9E37_79B9_7F4A_7C15)
        if seen[index].contains(key) {
            figures.counts[id, default: OutcomeCounts()].duplicate += 1
            return
        }
        if fold.open.approximateBytes > Self.bytesMax { collectOpen() }
        var result = fold.add(decoder, lane: lane(of: index, offset: offset), offset: offset)
        if result == .full {
            collectOpen()
            result = fold.add(decoder, lane: lane(of: index, offset: offset), offset: offset)
        }
        if result == .folded {
            _ = seen[index].insert(key)
            figures.counts[id, default: OutcomeCounts()].folded += 1
        } else {
            dead(id, offset, "overflow")
        }
    }

    /// The lane of the open batch for a partition's record.
    private func lane(of index: Int, offset: Int64) -> Int {
        let cuts = extents[index].cuts
        if parts[index] < cuts.count, cuts[parts[index]] <= offset {
            while parts[index] < cuts.count, cuts[parts[index]] <= offset { parts[index] += 1 }
            laneOf[index] = -1
        }
        if laneOf[index] < 0 {
            if lanes.count == Self.lanesMax { collectOpen() }
            laneOf[index] = lanes.count
            lanes.append(Lane(id: extents[index].id, part: parts[index]))
        }
        return laneOf[index]
    }

    /// Hands the open batch's sums over.
    private func collectOpen() {
        let batch = fold.takeBatch()
        collector(batch, lanes)
        fold.recycle(batch)
        lanes.removeAll(keepingCapacity: true)
        for index in laneOf.indices { laneOf[index] = -1 }
    }
}

/// The log could not be read up to where the ledger is.
package struct SecondFoldFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package var message: String
    package var description: String { message }

    /// Who reads was asked to stop.
    package static let stopped = SecondFoldFailure(message: "stopped")
}
