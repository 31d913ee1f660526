/// The transactions' way to the disk. The outcome is durable before the first marker is written,
/// and all markers are before the transaction counts as complete: whatever a crash leaves, the
/// next start finds the outcome and the partitions that lack it.
extension Broker {
    /// Why a transactional batch may not be appended; nil: it may. A producer that was fenced, or
    /// whose transaction is over, must not leave records that no marker will ever follow.
    func refusal(
        of batch: BatchHeader, by transactionalID: String?, on partition: Partition
    ) -> ErrorCode? {
        guard let transactionalID else { return .transactionalIDAuthorizationFailed }
        let claim = ProducerClaim(
            transactionalID: transactionalID, producerID: batch.producerID,
            epoch: batch.producerEpoch)
        return transactions.refusal(of: claim, to: partition.name)
    }

    /// Adds to the transaction. What is added is on the disk with the next flush.
    func addToTransaction(
        _ claim: ProducerClaim, partitions: [TopicPartition] = [], groups: [String] = []
    ) throws -> ErrorCode {
        let entry: JournalEntry?
        do throws(ErrorCode) {
            entry = try transactions.add(partitions, groups: groups, to: claim, now: wall)
        } catch {
            return error
        }
        if let entry { try persist(entry) }
        return .none
    }

    /// Ends a transaction. `done` hears the outcome when all of it is on the disk.
    func endTransaction(
        _ claim: ProducerClaim, commit: Bool, done: @escaping (ErrorCode) -> Void = { _ in }
    ) throws {
        let decided: TransactionRecord?
        do throws(ErrorCode) {
            decided = try transactions.end(claim, commit: commit, now: wall)
        } catch {
            return done(error)
        }
        guard let decided else { return done(.none) }
        try conclude(decided) { done(.none) }
    }

    /// Makes the decision durable, then has it carried out.
    func conclude(_ decided: TransactionRecord, done: @escaping () -> Void = {}) throws {
        try persist(.transaction(decided))
        afterFlush { [self] in
            try appendMarkers(decided, where: { _ in true })
            completeAfterFlush(decided, done)
        }
    }

    /// On start: decided transactions get the markers that they lack.
    func resumeTransactions() throws {
        for decided in transactions.prepared {
            try appendMarkers(
                decided, where: { $0.producers.hasOpenTransaction(decided.producerID) })
            completeAfterFlush(decided) {}
        }
    }

    /// A topic that was deleted meanwhile needs no marker.
    private func appendMarkers(
        _ decided: TransactionRecord, where isWanted: (Partition) -> Bool
    ) throws {
        for name in decided.partitions {
            guard let partition = partitions[name], isWanted(partition) else { continue }
            try partition.appendMarker(
                producerID: decided.producerID, epoch: decided.epoch,
                commit: decided.state == .prepareCommit, now: wall)
            touched(partition)
        }
    }

    private func completeAfterFlush(
        _ decided: TransactionRecord, _ done: @escaping () -> Void
    ) {
        afterFlush { [self] in
            try persist(.transaction(decided.completed(now: wall)))
            done()
        }
    }

    /// Aborts transactions whose time is over, and forgets ids that nobody uses.
    func expireTransactions() throws {
        for entry in transactions.timePassed(now: wall) {
            if case .transaction(let decided) = entry {
                report("transaction \(decided.id) is aborted: its time is over")
                try conclude(decided)
            } else {
                try persist(entry)
            }
        }
    }
}

extension ProducerClaim {
    init(_ request: inout WireReader) throws {
        (transactionalID, producerID, epoch) = try request.read()
    }
}

extension ErrorCode {
    /// As clients of this version of AddPartitionsToTxn, AddOffsetsToTxn and EndTxn know it.
    func known(to call: Call) -> ErrorCode {
        self == .producerFenced && call.version < 2 ? .invalidProducerEpoch : self
    }
}
