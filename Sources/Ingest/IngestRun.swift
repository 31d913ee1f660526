internal import Aggregates
internal import Contracts
internal import Foundation
internal import Kafka
internal import Ledger
internal import Postgres

/// One life of the ingest service, from joining the group to the first failure or the stop: the shell of
/// `IngestMachine`. Everything here belongs to the polling thread.
final class IngestRun {
    private let settings: IngestSettings
    private let observer: any IngestObserver
    private let topic: String
    private let stream: String
    private var machine: IngestMachine
    private let batch: OpenBatch
    /// For claims, halts and fingerprints of earlier days. The committer has another.
    private var control: PostgresConnection
    private let committer: Committer
    private var batchBegan: ContinuousClock.Instant?
    /// What the observer was told of `machine.deliveredAgain`.
    private var redeliveriesTold: Int64 = 0
    private let clock = ContinuousClock()

    /// Records of one poll: between two polls the machine is asked what to do.
    private static let pollMax = 2_000

    init(
        settings: IngestSettings, observer: any IngestObserver,
        onCommit: @escaping @Sendable () -> Void
    ) throws(PostgresFailure) {
        self.settings = settings
        self.observer = observer
        topic = settings.contract.topic.name
        stream = settings.contract.name
        machine = IngestMachine(
            partitions: settings.contract.topic.partitions, limits: settings.limits)
        var control = try PostgresConnection(settings.database)
        // An operator's resume of a halted partition is told here.
        try control.listen("headway_positions")
        let key = try LedgerSettings.fingerprintKey(&control)
        guard let fingerprinter = Fingerprinter(key: key) else {
            throw PostgresFailure(
                kind: .schema, message: "the ledger's fingerprint key is damaged: it must have 16 bytes")
        }
        batch = OpenBatch(
            contract: settings.contract, fingerprinter: fingerprinter,
            fingerprintBytesMax: settings.fingerprintBytesMax)
        self.control = control
        committer = Committer(settings: settings.database, onDone: onCommit)
    }

    /// Polls until told to stop, or until everything must begin anew; then throws why.
    func run(_ consumer: inout KafkaConsumer, isStopping: () -> Bool) throws(IngestFailure) {
        try kafka { () throws(KafkaFailure) in
            try consumer.subscribe([topic]) { [self] in rebalance($0) }
        }
        while !isStopping() {
            let action = machine.next(
                age: batchBegan.map { clock.now - $0 }, bytes: batch.bytes, behind: behind(consumer))
            switch action {
            case .poll(let wait): poll(&consumer, wait: wait)
            case .closeBatch: handOver()
            case .awaitCommit: settle(committer.awaitOutcome())
            case .recordHalt(let lane): try recordHalt(lane, &consumer)
            case .restart(let reason): throw IngestFailure(reason)
            }
            if let outcome = committer.outcome() {
                settle(outcome)
                consumer.commitTelemetry(committedOffsets())
            }
            if let fatal = consumer.fatalFailure { throw IngestFailure("\(fatal)") }
            if try wasResumed() { throw IngestFailure("an operator resumed a halted partition") }
        }
    }

    /// Lets a commit under way end. What fills is dropped: it is read again from the ledger's position.
    func end() { committer.stop(within: .seconds(5)) }

    // MARK: Records

    private func poll(_ consumer: inout KafkaConsumer, wait: Duration) {
        _ = consumer.poll(max: Self.pollMax, timeout: wait) { [self] event in
            switch event {
            case .record(let record): arrived(record)
            case .endOfPartition(let place, let offset):
                machine.endReached(Int(place.partition), offset: offset)
            case .failure(let place, let failure): failed(place, failure)
            }
        }
    }

    @inline(__always)
    private func arrived(_ record: borrowing KafkaRecord) {
        let lane = Int(record.partition)
        switch machine.recordArrived(lane, offset: record.offset) {
        case .discard: return
        case .compare: machine.verified(lane, hash: batch.hash(of: record))
        case .take: take(record, lane)
        }
    }

    @inline(__always)
    private func take(_ record: borrowing KafkaRecord, _ lane: Int) {
        var isDeadLetter = false
        var need = batch.take(record, lane: lane, isDeadLetter: &isDeadLetter)
        while need != .nothing {
            guard provide(need, lane) else { return }
            need = batch.take(record, lane: lane, isDeadLetter: &isDeadLetter)
        }
        machine.taken(lane, offset: record.offset, isDeadLetter: isDeadLetter)
        if batchBegan == nil { batchBegan = clock.now }
    }

    /// False when the record cannot be taken: then everything begins anew, and it comes again.
    private func provide(_ need: OpenBatch.Need, _ lane: Int) -> Bool {
        switch need {
        case .nothing: return true
        case .handOver:
            if machine.isCommitting { settle(committer.awaitOutcome()) }
            guard machine.isSound else { return false }
            handOver()
            return true
        case .day(let day):
            do throws(PostgresFailure) {
                let owner = machine.lanes[lane]
                let segments = try LedgerFingerprints.segments(
                    &control, topicPartition: owner.topicPartition, generation: owner.generation,
                    day: day)
                batch.days.load(lane: lane, day: day, segments: segments)
                return true
            } catch {
                machine.failed("fingerprints of day \(day) cannot be read: \(error)")
                return false
            }
        }
    }

    // MARK: Commits

    private func handOver() {
        committer.submit(batch.close(lanes: machine.lanes))
        machine.batchClosed()
        batchBegan = nil
    }

    private func settle(_ outcome: Committer.Outcome) {
        switch outcome {
        case .committed(let closed):
            batch.recycle(closed.fold)
            machine.batchCommitted()
            observer.batchCommitted(
                stream: stream, records: closed.records, deadLetters: closed.commit.deadLetters.count)
            let again = machine.deliveredAgain
            if again > redeliveriesTold {
                observer.troubled(
                    stream: stream,
                    failure: "\(again - redeliveriesTold) records were delivered again and passed over")
            }
            redeliveriesTold = again
        case .failed(let reason):
            machine.batchFailed(reason)
        }
    }

    /// Unread records of all lanes, by the watermarks of the last fetches.
    private func behind(_ consumer: borrowing KafkaConsumer) -> Int64 {
        var behind: Int64 = 0
        for (index, lane) in machine.lanes.enumerated() where lane.isActive {
            let place = TopicPartition(topic: topic, partition: Int32(index))
            guard let marks = consumer.cachedWatermarks(place) else { continue }
            behind += max(0, marks.high - lane.nextOffset.value)
        }
        return behind
    }

    private func committedOffsets() -> [TopicPartitionOffset] {
        machine.lanes.enumerated().filter { $0.element.isActive }.map { index, lane in
            TopicPartitionOffset(
                topic: topic, partition: Int32(index), offset: lane.closedOffset.value)
        }
    }

    // MARK: Ownership

    private func rebalance(_ event: RebalanceEvent) -> RebalanceReply {
        switch event {
        case .assigned(let partitions):
            return .assign(claim(partitions))
        case .revoked(_, let lost):
            // Aborted, not rushed: the open batch is read again by whoever claims the partitions next. A
            // commit under way ends within its own limits, or the fence decides.
            if machine.isCommitting { settle(committer.awaitOutcome()) }
            batch.discard()
            machine.revoked()
            batchBegan = nil
            observer.lanesRevoked(stream: stream, lost: lost)
            return .done
        }
    }

    private func claim(_ partitions: [TopicPartition]) -> [TopicPartitionOffset] {
        var starts: [TopicPartitionOffset] = []
        var terms: [Int64] = []
        for place in partitions.sorted() {
            do throws(PostgresFailure) {
                let position = try LedgerPosition.claim(
                    &control, topic: place.topic, partition: place.partition, owner: settings.instance)
                let days = try LedgerFingerprints.days(
                    &control, topicPartition: position.topicPartition, generation: position.generation)
                let lane = Int(place.partition)
                batch.attach(lane: lane, to: position, days: days)
                terms.append(position.term)
                if let start = machine.claimed(lane, LanePosition(position)) {
                    starts.append(TopicPartitionOffset(place, offset: start.value))
                } else {
                    observer.laneHalted(
                        stream: stream, partition: place.partition, state: position.state.rawValue,
                        detail: position.stateDetail)
                }
            } catch {
                machine.failed("\(place) cannot be claimed: \(error)")
                return []
            }
        }
        observer.lanesClaimed(
            stream: stream, partitions: partitions.map(\.partition).sorted(), terms: terms)
        return starts
    }

    /// Looks whether a partition that is halted here runs again in the ledger.
    private func wasResumed() throws(IngestFailure) -> Bool {
        guard machine.hasRecordedHalt else { return false }
        do throws(PostgresFailure) {
            let told = try control.waitForNotifications(timeout: .zero)
            guard !told.isEmpty else { return false }
            let positions = try LedgerPosition.all(&control, stream: stream)
            return positions.contains { position in
                let lane = Int(position.partition)
                return position.state == .running && lane < machine.lanes.count
                    && machine.lanes[lane].isHaltedAndRecorded
            }
        } catch {
            throw IngestFailure("the ledger cannot be asked for resumed partitions: \(error)")
        }
    }

    // MARK: Failures

    private func failed(_ place: TopicPartition?, _ failure: KafkaFailure) {
        guard let place, failure.disposition == .halt else {
            observer.troubled(stream: stream, failure: "\(failure)")
            // What passes by itself is left to the library; for anything else a new life is the safe answer.
            let passes = failure.disposition == .retry || place == nil && failure.disposition == .rebuild
            if failure.isFatal || !passes { machine.failed("\(failure)") }
            return
        }
        let lost = ["_AUTO_OFFSET_RESET", "OFFSET_OUT_OF_RANGE"].contains(failure.code)
        machine.halted(Int(place.partition), lost ? .haltedDataLoss : .haltedCorrupt, "\(failure)")
    }

    private func recordHalt(_ lane: Int, _ consumer: inout KafkaConsumer) throws(IngestFailure) {
        guard case .halted(let halt) = machine.lanes[lane].state else { return }
        let owner = machine.lanes[lane]
        do throws(PostgresFailure) {
            try LedgerPosition.halt(
                &control, topicPartition: owner.topicPartition, generation: owner.generation,
                term: owner.term, halt.state, detail: halt.detail)
        } catch {
            throw IngestFailure("the halt of partition \(lane) cannot be written: \(error)")
        }
        machine.haltRecorded(lane)
        try kafka { () throws(KafkaFailure) in
            try consumer.pause([TopicPartition(topic: topic, partition: Int32(lane))])
        }
        observer.laneHalted(
            stream: stream, partition: Int32(lane), state: halt.state.rawValue, detail: halt.detail)
    }

    private func kafka(_ body: () throws(KafkaFailure) -> Void) throws(IngestFailure) {
        do throws(KafkaFailure) { try body() } catch { throw IngestFailure("\(error)") }
    }
}

/// Why one life of the service ended.
struct IngestFailure: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}
