internal import Aggregates
internal import Contracts
internal import Events
internal import Kafka
internal import Ledger

/// The batch that is filling: decodes each record, recognises copies, folds. Used by the polling thread alone.
///
/// A record is exactly one of folded, duplicate, dead letter, skipped: `take` counts it once, whatever it is.
final class OpenBatch {
    /// What a record needs before it can be taken.
    enum Need: Equatable {
        case nothing
        /// The batch has no room for it: hand the batch over, then take the record again.
        case handOver
        /// Fingerprints of this day are in the ledger, not in memory: load them, then take the record again.
        case day(Int32)
    }

    let contract: StreamContract
    private let decoder: EventDecoder
    private let fold: Fold
    private let fingerprinter: Fingerprinter
    let days: FingerprintDays
    private(set) var tallies: [LaneTally] = []
    private(set) var latest: [LatestRecord] = []
    private var deadLetters: [DeadLetterRow] = []
    /// By lane: what the ledger calls it.
    private var names: [(topicPartition: Int32, generation: Int32)] = []
    private var deadLetterBytes = 0
    private var headers: [HeaderView] = []
    private let outOfOrderMicroseconds: Int64

    init(contract: StreamContract, fingerprinter: Fingerprinter, fingerprintBytesMax: Int) {
        self.contract = contract
        self.fingerprinter = fingerprinter
        decoder = EventDecoder(contract: contract)
        fold = Fold(contract: contract)
        days = FingerprintDays(budgetBytes: fingerprintBytesMax)
        outOfOrderMicroseconds = contract.outOfOrder.microseconds
    }

    /// What the batch holds in memory. Over its budget of fingerprints it counts as full: only a commit lets
    /// days go.
    var bytes: Int { days.isOverBudget ? .max : fold.open.approximateBytes + deadLetterBytes }

    func attach(lane: Int, to position: LedgerPosition, days ends: [FingerprintSegmentEnd]) {
        while tallies.count <= lane {
            tallies.append(LaneTally())
            latest.append(LatestRecord())
            names.append((0, 0))
        }
        tallies[lane] = LaneTally()
        names[lane] = (position.topicPartition, position.generation)
        days.attach(lane: lane, days: ends)
    }

    /// Decodes the record and counts it; `isDeadLetter` tells how. Nothing was changed where it needs something.
    @inline(__always)
    func take(_ record: borrowing KafkaRecord, lane: Int, isDeadLetter: inout Bool) -> Need {
        let timestamp = record.timestampMilliseconds
        let value = record.value
        let outcome = record.withHeaders { views in
            headers.removeAll(keepingCapacity: true)
            for view in views { headers.append(HeaderView(name: view.name, value: view.value)) }
            return headers.withUnsafeBufferPointer {
                decoder.decode(
                    RawRecord(value: value, headers: $0, timestampMilliseconds: timestamp))
            }
        }
        switch outcome {
        case .event:
            let need = count(lane: lane, offset: record.offset) { [self] reason in
                isDeadLetter = true
                putAside(record, lane: lane, reason)
            }
            guard need == .nothing else { return need }
        case .skipped(let time):
            tallies[lane].counts.skipped += 1
            if let time { tallies[lane].saw(time, outOfOrderMicroseconds: outOfOrderMicroseconds) }
        case .dead(let reason):
            isDeadLetter = true
            putAside(record, lane: lane, reason)
        }
        tallies[lane].lastOffset = record.offset
        tallies[lane].lastTimestamp = timestamp
        latest[lane].keep(key: record.key, value: value, timestamp: timestamp)
        return .nothing
    }

    /// The event that the decoder holds: a copy, or new and folded.
    @inline(__always)
    private func count(lane: Int, offset: Int64, dead: (DeadLetterReason) -> Void) -> Need {
        let time = decoder.time
        let day = contract.zone.day(at: time).dayNumber
        let print = fingerprinter.fingerprint(source: decoder.source, id: decoder.id)
        switch days.check(print, lane: lane, day: day) {
        case .needsLoad: return .day(day)
        case .duplicate:
            tallies[lane].counts.duplicate += 1
            return .nothing
        case .new: break
        }
        switch fold.add(decoder, lane: lane, offset: offset) {
        case .full: return .handOver
        case .overflow:
            dead(
                DeadLetterReason(
                    stage: .apply, name: .overflow,
                    message: "the event's figures do not fit the ledger's units"))
            return .nothing
        case .folded:
            days.admit()
            tallies[lane].counts.folded += 1
            tallies[lane].saw(time, outOfOrderMicroseconds: outOfOrderMicroseconds)
            return .nothing
        }
    }

    private func putAside(_ record: borrowing KafkaRecord, lane: Int, _ reason: DeadLetterReason) {
        tallies[lane].counts.deadLetter += 1
        let timestamp = record.timestampMilliseconds
        let (headerNames, headerValues) = record.withHeaders { views in
            (views.map { [UInt8]($0.name) }, views.map { $0.value.map { [UInt8]($0) } })
        }
        let letter = DeadLetterRow(
            topicPartition: names[lane].topicPartition, generation: names[lane].generation,
            offset: record.offset, stage: reason.stage.rawValue, reason: reason.reason,
            message: reason.message, key: record.key.map { [UInt8]($0) },
            value: record.value.map { [UInt8]($0) }, headerNames: headerNames,
            headerValues: headerValues, timestampMilliseconds: timestamp < 0 ? nil : timestamp)
        deadLetterBytes += 300 + (letter.key?.count ?? 0) + (letter.value?.count ?? 0)
            + headerNames.reduce(0) { $0 + $1.count } + headerValues.reduce(0) { $0 + ($1?.count ?? 0) }
        deadLetters.append(letter)
    }

    /// The keyed hash of a record's key, value and timestamp.
    func hash(of record: borrowing KafkaRecord) -> Int64 {
        let scratch = LatestRecord()
        scratch.keep(
            key: record.key, value: record.value, timestamp: record.timestampMilliseconds)
        return hash(scratch)
    }

    private func hash(_ record: LatestRecord) -> Int64 {
        Int64(bitPattern: fingerprinter.hash(record.content))
    }

    /// Closes the batch for the committer and begins another.
    func close(lanes: [PartitionLane]) -> ClosedBatch {
        var fences: [IngestCommit.Fence] = []
        for (index, lane) in lanes.enumerated() where lane.hasNews {
            let tally = tallies[index]
            tallies[index] = LaneTally()
            let last = tally.lastOffset < 0 ? nil : RecordMark(
                offset: tally.lastOffset, timestampMilliseconds: tally.lastTimestamp,
                hash: hash(latest[index]))
            fences.append(
                IngestCommit.Fence(
                    lane: index, topicPartition: lane.topicPartition, generation: lane.generation,
                    term: lane.term, expected: lane.closedOffset.value, next: lane.nextOffset.value,
                    last: last, counts: tally.counts, watermark: tally.watermark, atEnd: lane.atEnd))
        }
        var commit = IngestCommit(stream: contract.name, fences: fences)
        commit.fingerprints = days.takeOpen()
        commit.deadLetters = deadLetters
        deadLetters = []
        deadLetterBytes = 0
        return ClosedBatch(commit: commit, fold: fold.takeBatch())
    }

    /// The committer is through with a batch's memory.
    func recycle(_ batch: FoldBatch) {
        fold.recycle(batch)
        days.committed()
    }

    /// Drops everything that was not committed.
    func discard() {
        for lane in tallies.indices {
            tallies[lane] = LaneTally()
            days.detach(lane: lane)
        }
        fold.discardOpen()
        deadLetters = []
        deadLetterBytes = 0
    }
}

/// A batch on its way to the ledger.
struct ClosedBatch: Sendable {
    /// Without the rows that are still in `fold`: sorting them is the committer's work.
    var commit: IngestCommit
    var fold: FoldBatch

    var records: Int64 { commit.fences.reduce(0) { $0 + $1.counts.total } }
}
