internal import Aggregates
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

        package init(id: Int32, partition: Int32, nextOffset: Int64, putAside: Set<Int64>) {
            self.id = id
            self.partition = partition
            self.nextOffset = nextOffset
            self.putAside = putAside
        }
    }

    private let contract: StreamContract
    private let extents: [Extent]
    private let decoder: EventDecoder
    private let fold: Fold
    private let fingerprinter: Fingerprinter
    private var seen: [FingerprintTable]
    private var isDone: [Bool]
    private var laneOf: [Int32: Int] = [:]
    private var headers: [HeaderView] = []
    private var figures = SecondFigures()

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
        for (lane, extent) in extents.enumerated() { laneOf[extent.partition] = lane }
    }

    /// Reads and folds. `progress` gets the count of records passed and says whether to go on.
    /// Throws `SecondFoldFailure` where the log cannot be read up to its extents.
    package func run(settings: KafkaSettings, progress: (Int64) -> Bool) throws -> SecondFigures {
        var consumer = try KafkaConsumer(settings: settings)
        let topic = contract.topic.name
        for extent in extents {
            let place = TopicPartition(topic: topic, partition: extent.partition)
            figures.firstOffsets[extent.id] = try consumer.watermarks(
                topic: place.topic, partition: place.partition, timeout: .seconds(10)
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
        while isDone.contains(false) && failure == nil {
            _ = consumer.poll(max: 5_000, timeout: .seconds(1)) { event in
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
            guard progress(passed) else { throw SecondFoldFailure(message: "stopped") }
        }
        consumer.close(within: .seconds(5))
        if let failure { throw failure }
        collect()
        return figures
    }

    private func ended(_ partition: Int32, at offset: Int64) {
        guard let lane = laneOf[partition], !isDone[lane] else { return }
        isDone[lane] = true
        if offset < extents[lane].nextOffset { figures.short[extents[lane].id] = offset }
    }

    private func take(_ record: borrowing KafkaRecord) {
        guard let lane = laneOf[record.partition], !isDone[lane] else { return }
        let extent = extents[lane]
        guard record.offset < extent.nextOffset else {
            isDone[lane] = true
            return
        }
        if extent.putAside.contains(record.offset) {
            figures.counts[extent.id, default: OutcomeCounts()].deadLetter += 1
        } else {
            count(record, lane: lane, id: extent.id)
        }
        if record.offset + 1 == extent.nextOffset { isDone[lane] = true }
    }

    private func count(_ record: borrowing KafkaRecord, lane: Int, id: Int32) {
        let (value, timestamp) = (record.value, record.timestampMilliseconds)
        let outcome = record.withHeaders { views in
            headers.removeAll(keepingCapacity: true)
            for view in views { headers.append(HeaderView(name: view.name, value: view.value)) }
            return headers.withUnsafeBufferPointer {
                decoder.decode(
                    RawRecord(value: value, headers: $0, timestampMilliseconds: timestamp))
            }
        }
        switch outcome {
        case .skipped: figures.counts[id, default: OutcomeCounts()].skipped += 1
        case .dead(let reason): dead(id, record.offset, reason.reason)
        case .event: countEvent(lane: lane, id: id, offset: record.offset)
        }
    }

    private func dead(_ id: Int32, _ offset: Int64, _ reason: String) {
        figures.counts[id, default: OutcomeCounts()].deadLetter += 1
        figures.deadLetters[SecondFigures.Place(id: id, offset: offset)] = reason
    }

    private func countEvent(lane: Int, id: Int32, offset: Int64) {
        let day = contract.zone.day(at: decoder.time).dayNumber
        // Identities are kept by the day of the event, as ingest keeps them.
        let identity = fingerprinter.fingerprint(source: decoder.source, id: decoder.id)
        let key = identity ^ (UInt64(truncatingIfNeeded: day) &* 0x9E37_79B9_7F4A_7C15)
        if seen[lane].contains(key) {
            figures.counts[id, default: OutcomeCounts()].duplicate += 1
            return
        }
        var result = fold.add(decoder, lane: lane, offset: offset)
        if result == .full {
            collect()
            result = fold.add(decoder, lane: lane, offset: offset)
        }
        if result == .folded {
            _ = seen[lane].insert(key)
            figures.counts[id, default: OutcomeCounts()].folded += 1
        } else {
            dead(id, offset, "overflow")
        }
    }

    /// Adds the open batch's sums to the figures.
    private func collect() {
        let batch = fold.takeBatch()
        figures.add(batch, ids: extents.map(\.id))
        fold.recycle(batch)
    }
}

/// The log could not be read up to where the ledger is.
package struct SecondFoldFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package var message: String
    package var description: String { message }
}
