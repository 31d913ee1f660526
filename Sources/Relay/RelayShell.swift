internal import Contracts
internal import Kafka
internal import Ledger
internal import Postgres

/// Does what the machine says. Lives on the service's thread.
final class RelayShell {
    let configuration: RelayConfiguration
    let observer: any RelayObserver
    let stop: RelayStop
    var machine = RelayMachine()
    private var connection: PostgresConnection?
    private var producer: KafkaProducer?
    /// 0 when the lease was given back.
    var term: Int64 = 0
    /// The halt that the observer knows of.
    var told: String?
    /// The batch that the machine is about to publish.
    private var batch: RelayBatch?

    init(_ configuration: RelayConfiguration, _ observer: any RelayObserver, _ stop: RelayStop) {
        self.configuration = configuration
        self.observer = observer
        self.stop = stop
    }

    func run() {
        var action = machine.started()
        while true {
            if stop.isRequested { machine.stopRequestCame() }
            if action == .end { return end() }
            action = step(action)
        }
    }

    /// One action, and what the machine makes of its outcome.
    private func step(_ action: RelayMachine.Action) -> RelayMachine.Action {
        do {
            return try perform(action)
        } catch let failure as RelayContradiction {
            return machine.contradicted(failure.reason)
        } catch let failure as RelayRefusal {
            return machine.refused(failure.reason)
        } catch let failure as PostgresFailure {
            return failed(machine.ledgerFailed(), failure)
        } catch let failure as KafkaFailure {
            if failure.isRefusal { return machine.refused(RelayRefusal(failure).reason) }
            return failed(
                machine.producerFailed(fenced: failure.disposition == .fenced), failure)
        } catch {
            return failed(machine.producerFailed(fenced: false), error)
        }
    }

    private func failed(
        _ next: RelayMachine.Action, _ error: any Error
    ) -> RelayMachine.Action {
        if case .backOff(let attempt, _) = next {
            observer.observed(.failed(reason: "\(error)", attempt: attempt))
        }
        return next
    }

    private func perform(_ action: RelayMachine.Action) throws -> RelayMachine.Action {
        switch action {
        case .connect: return try connect()
        case .standBy: return try standBy()
        case .openProducer: return try openProducer()
        case .examine(let intent): return try examine(intent)
        case .fetch(let marks): return try fetch(marks)
        case .record(let marks, let intent):
            try commit(marks, intent)
            observer.observed(.recorded(intent))
            return machine.recorded()
        case .publish: return try publish()
        case .settle(let marks):
            try commit(marks, nil)
            observer.observed(.settled)
            return machine.settled()
        case .wait: return try wait()
        case .renew:
            try withConnection { (connection) throws(PostgresFailure) in
                try RelayMarks.renew(&connection, term: term, limit: configuration.leaseLimit)
            }
            return machine.renewed()
        case .backOff(let attempt, let everything):
            return backOff(attempt: attempt, everything: everything)
        case .halt(let halt): return try self.halt(halt)
        case .awaitResume(let reason): return try awaitResume(reason)
        case .end: preconditionFailure("the loop ends by itself")
        }
    }

    private func connect() throws(PostgresFailure) -> RelayMachine.Action {
        if connection?.isBroken ?? true {
            connection = nil
            var fresh = try PostgresConnection(configuration.database)
            try fresh.listen(RelayMarks.channel)
            try fresh.listen(RelayMarks.leaseChannel)
            try fresh.listen(RelayMarks.stateChannel)
            connection = consume fresh
        }
        let taken = try withConnection { (connection) throws(PostgresFailure) -> Int64? in
            try RelayMarks.takeLease(
                &connection, owner: configuration.owner, limit: configuration.leaseLimit)
        }
        guard let taken else {
            observer.observed(.standingBy)
            return machine.leaseRefused()
        }
        term = taken
        observer.observed(.leaseTaken(term: taken))
        return machine.leaseTaken(
            try withConnection { (connection) throws(PostgresFailure) in
                try RelayMarks.load(&connection)
            })
    }

    private func standBy() throws(PostgresFailure) -> RelayMachine.Action {
        // A lease that expires tells nobody, so it is also tried now and then.
        let deadline = ContinuousClock.now + .seconds(1)
        var isFree = false
        while !isFree, !stop.isRequested, ContinuousClock.now < deadline {
            let limit = deadline - ContinuousClock.now
            let notes = try withConnection { (connection) throws(PostgresFailure) in
                try connection.waitForNotifications(timeout: limit, or: stop.wake)
            }
            isFree = notes.contains { $0.channel == RelayMarks.leaseChannel }
        }
        return machine.stoodBy()
    }

    private func openProducer() throws -> RelayMachine.Action {
        closeProducer()
        producer = try KafkaProducer(settings: try configuration.producerSettings())
        try retrying(for: .seconds(60)) { producer throws(KafkaFailure) in
            try producer.initTransactions(timeout: .seconds(1))
        }
        for output in configuration.outputs.all {
            let partitions = try withProducer { producer throws(KafkaFailure) in
                try producer.warmUp(output.name, timeout: .seconds(10))
            }
            guard let partitions, partitions >= output.partitions else {
                throw RelayOutputMissing(output: output, partitions: partitions ?? 0)
            }
        }
        // All this may have outlasted the lease. Whoever has it now is found out here, before its
        // records would look like a contradiction.
        let condition = try withConnection { (connection) throws(PostgresFailure) in
            try RelayMarks.renew(&connection, term: term, limit: configuration.leaseLimit)
            return try RelayMarks.load(&connection)
        }
        told = nil
        observer.observed(.producerOpened)
        return machine.producerOpened(condition)
    }

    private func examine(_ intent: RelayIntent?) throws -> RelayMachine.Action {
        let outputs = configuration.outputs
        let tails = try RelayTailReader(configuration).read(intent)
        var expected: RelayBatch?
        if let intent {
            let rows = try withConnection { (connection) throws(PostgresFailure) in
                try RelayMarks.rows(
                    &connection, of: intent.ranges, recordBytesMax: outputs.deadLetterBytesMax)
            }
            expected = try RelayBatch.assemble(
                rows, after: RelayBatch.starts(intent.ranges), outputs: outputs,
                limits: .unlimited)
        }
        batch = expected
        let next = machine.examined(expected: expected, tails: tails, outputs: outputs)
        switch next {
        case .halt(let halt): observer.observed(.resolved(.halt(halt.reason)))
        case .publish: observer.observed(.resolved(.sendAgain))
        case .settle(let marks) where !marks.isEmpty: observer.observed(.resolved(.markPublished))
        default: observer.observed(.resolved(.proceed))
        }
        return next
    }

    private func fetch(_ marks: [RelayShard: Int64]) throws -> RelayMachine.Action {
        let limits = configuration.batch
        let rows = try withConnection { (connection) throws(PostgresFailure) in
            try RelayMarks.due(
                &connection, marks: marks, records: limits.records, bytes: Int64(limits.bytes),
                recordBytesMax: configuration.outputs.deadLetterBytesMax)
        }
        batch = try RelayBatch.assemble(
            rows, after: marks, outputs: configuration.outputs, limits: limits)
        return machine.fetched(batch)
    }

    private func commit(
        _ marks: [RelayShard: Int64], _ intent: RelayIntent?
    ) throws(PostgresFailure) {
        try withConnection { (connection) throws(PostgresFailure) in
            try RelayMarks.commit(
                &connection, term: term, limit: configuration.leaseLimit, marks: marks,
                intent: intent)
        }
    }

    private func publish() throws -> RelayMachine.Action {
        guard let batch else { preconditionFailure("nothing to publish") }
        let now = configuration.clock().microseconds / 1_000
        do throws(KafkaFailure) {
            try withProducer { producer throws(KafkaFailure) in
                try producer.begin()
                for record in batch.records { try Self.send(record.dated(by: now), &producer) }
            }
            try retrying(for: configuration.commitLimit) { producer throws(KafkaFailure) in
                try producer.commit(timeout: .seconds(1))
            }
        } catch {
            // Such a transaction is surely not committed.
            guard let refused = try refusal(behind: error) else { throw error }
            throw abandoned(refused)
        }
        var reached: [TopicPartition: Int64] = [:]
        try withProducer { producer throws(KafkaFailure) in
            _ = producer.poll(timeout: .zero) { report in
                let place = TopicPartition(topic: report.topic, partition: report.partition)
                reached[place] = max(reached[place] ?? 0, report.offset + 1)
            }
        }
        observer.observed(batch.publishedFact(outputs: configuration.outputs))
        return machine.published(reached)
    }

    private static func send(
        _ record: RelayRecord, _ producer: inout KafkaProducer
    ) throws(KafkaFailure) {
        // Room comes from deliveries, and those are bounded by the messages' timeout.
        var attempts = 0
        while true {
            do throws(KafkaFailure) {
                return try producer.produce(
                    topic: record.place.topic, partition: record.place.partition, key: record.key,
                    value: record.value, headers: record.headers,
                    timestampMilliseconds: record.timestampMilliseconds)
            } catch {
                attempts += 1
                guard error.code == "_QUEUE_FULL", attempts < 300 else { throw error }
                producer.serve(timeout: .milliseconds(100))
            }
        }
    }

    private func wait() throws(PostgresFailure) -> RelayMachine.Action {
        observer.observed(.idle)
        let notes = try withConnection { (connection) throws(PostgresFailure) in
            try connection.waitForNotifications(
                timeout: configuration.renewInterval, or: stop.wake)
        }
        if stop.isRequested { machine.stopRequestCame() }
        return notes.isEmpty ? machine.leaseIsOld() : machine.woken()
    }

    private func backOff(attempt: Int, everything: Bool) -> RelayMachine.Action {
        closeProducer()
        if everything { connection = nil }
        let longest = Duration.seconds(5)
        let pause = Duration.milliseconds(100) * (1 << min(attempt - 1, 6))
        stop.wait(atMost: min(longest, pause) * Double.random(in: 0.75...1))
        if stop.isRequested { machine.stopRequestCame() }
        return machine.backedOff()
    }

    private func end() {
        closeProducer()
        do {
            if term != 0 {
                try withConnection { (connection) throws(PostgresFailure) in
                    try RelayMarks.releaseLease(&connection, term: term)
                }
            }
        } catch {
            // A successor waits for the lease to expire, or for this session's end.
            observer.observed(.failed(reason: "the lease was not given back: \(error)", attempt: 1))
        }
        connection = nil
        observer.observed(.ended)
    }

    func withConnection<R>(
        _ body: (inout PostgresConnection) throws(PostgresFailure) -> R
    ) throws(PostgresFailure) -> R {
        guard var held = connection.take() else {
            throw PostgresFailure(kind: .connection, message: "there is no connection")
        }
        let result: Result<R, PostgresFailure>
        do throws(PostgresFailure) {
            result = .success(try body(&held))
        } catch {
            result = .failure(error)
        }
        connection = consume held
        return try result.get()
    }

    func withProducer<R>(
        _ body: (inout KafkaProducer) throws(KafkaFailure) -> R
    ) throws(KafkaFailure) -> R {
        guard var held = producer.take() else { preconditionFailure("no producer is open") }
        let result: Result<R, KafkaFailure>
        do throws(KafkaFailure) {
            result = .success(try body(&held))
        } catch {
            result = .failure(error)
        }
        producer = consume held
        return try result.get()
    }

    /// The same call again for as long as its failure asks for that; a stop ends it as the limit
    /// does.
    func retrying(
        for limit: Duration, _ body: (inout KafkaProducer) throws(KafkaFailure) -> Void
    ) throws(KafkaFailure) {
        let deadline = ContinuousClock.now + limit
        while true {
            do throws(KafkaFailure) {
                return try withProducer(body)
            } catch {
                guard error.disposition == .retry, ContinuousClock.now < deadline,
                    !stop.isRequested
                else { throw error }
                if !error.isRetriable { stop.wait(atMost: .milliseconds(100)) }
            }
        }
    }

    func closeProducer() {
        producer?.close(within: .seconds(2))
        producer = nil
    }
}
