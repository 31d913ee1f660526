/// Who a transactional request says it is from.
struct ProducerClaim: Equatable, Sendable {
    var transactionalID: String
    var producerID: Int64
    var epoch: Int16
}

/// Transactional ids, producer ids and epochs: a pure machine. It decides; what it decides becomes
/// its state when the broker has made the entry durable and applies it. That is why a machine made
/// of the journal's entries goes on where the one before it was killed.
struct TransactionCoordinator: Equatable, Sendable {
    /// What a producer that begins gets.
    enum Initialization: Equatable, Sendable {
        case give(producerID: Int64, epoch: Int16, entries: [JournalEntry])
        /// The transaction of its predecessor ends first, with an epoch that nobody was given.
        case abort(TransactionRecord)
        /// A transaction is being ended: to be asked again when that is done.
        case askAgain
    }

    private static let producerIDBlock: Int64 = 1_000
    private static let idleMillisecondsMax: Int64 = 7 * 86_400_000
    /// A producer id with this epoch is used up: one more is needed to fence its last producer.
    private static let lastEpoch = Int16.max - 1
    /// Bounds of what a client can have the journal and the memory hold.
    private static let idBytesMax = 1_024
    private static let groupsMax = 100

    private(set) var records: [String: TransactionRecord] = [:]
    /// Ids below `reservedIDs` may have been given away by the starts before this one.
    private var nextProducerID: Int64 = 0
    private var reservedIDs: Int64 = 0
    /// Wall clock, milliseconds: when `timePassed` may have something to do. Never too late; too
    /// early where a transaction ended before its timeout.
    private(set) var nextDeadline: Int64?

    // MARK: entries

    mutating func apply(_ entry: JournalEntry) {
        switch entry {
        case .started: nextProducerID = reservedIDs
        case .producerIDs(let next): reservedIDs = max(reservedIDs, next)
        case .transaction(let record):
            records[record.id] = record
            if let deadline = Self.deadline(record) {
                nextDeadline = min(nextDeadline ?? deadline, deadline)
            }
        case .transactionRemoved(let id): records[id] = nil
        default: break
        }
    }

    var entries: [JournalEntry] {
        [.producerIDs(next: reservedIDs)]
            + records.values.sorted { $0.id < $1.id }.map { .transaction($0) }
    }

    /// Transactions whose outcome is decided and whose markers may be missing.
    var prepared: [TransactionRecord] {
        records.values.filter { $0.state.isPrepared }.sorted { $0.id < $1.id }
    }

    // MARK: producers

    /// A producer begins; without a transactional id it is idempotent alone.
    mutating func initialize(
        _ id: String?, timeoutMilliseconds: Int32, limits: BrokerSettings.Limits, now: Int64
    ) throws(ErrorCode) -> Initialization {
        var entries: [JournalEntry] = []
        guard let id else {
            return .give(producerID: takeProducerID(&entries), epoch: 0, entries: entries)
        }
        if id.isEmpty || id.utf8.count > Self.idBytesMax { throw .invalidRequest }
        guard (1...limits.transactionTimeoutMillisecondsMax).contains(timeoutMilliseconds) else {
            throw .invalidTransactionTimeout
        }
        let known = records[id]
        if let known, known.state.isPrepared { return .askAgain }
        if let known, known.state == .ongoing { return .abort(Self.fenced(known, now: now)) }
        if known == nil { try makeRoom(&entries, idsMax: limits.transactionalIDsMax) }
        var record = TransactionRecord(
            id: id, producerID: 0, epoch: 0, timeoutMilliseconds: timeoutMilliseconds,
            state: .empty, partitions: [], groups: [], startedAt: -1, updatedAt: now)
        if let known, known.epoch < Self.lastEpoch {
            (record.producerID, record.epoch) = (known.producerID, known.epoch + 1)
        } else {
            record.producerID = takeProducerID(&entries)
        }
        entries.append(.transaction(record))
        return .give(producerID: record.producerID, epoch: record.epoch, entries: entries)
    }

    private mutating func takeProducerID(_ entries: inout [JournalEntry]) -> Int64 {
        defer { nextProducerID += 1 }
        if nextProducerID >= reservedIDs {
            entries.append(.producerIDs(next: nextProducerID + Self.producerIDBlock))
        }
        return nextProducerID
    }

    /// The id that was used least recently makes room; its producer is told that it is unknown.
    private func makeRoom(_ entries: inout [JournalEntry], idsMax: Int) throws(ErrorCode) {
        guard records.count >= idsMax else { return }
        let idle = records.values.filter { $0.state.isIdle }
        guard let oldest = idle.min(by: { ($0.updatedAt, $0.id) < ($1.updatedAt, $1.id) }) else {
            throw .coordinatorNotAvailable
        }
        entries.append(.transactionRemoved(id: oldest.id))
    }

    /// Aborted on behalf of another: with a further epoch, so that its producer is refused.
    private static func fenced(_ record: TransactionRecord, now: Int64) -> TransactionRecord {
        var record = record
        if record.epoch < Int16.max { record.epoch += 1 }
        (record.state, record.updatedAt) = (.prepareAbort, now)
        return record
    }

    // MARK: transactions

    private func record(of claim: ProducerClaim) throws(ErrorCode) -> TransactionRecord {
        if claim.transactionalID.isEmpty { throw .invalidRequest }
        guard let record = records[claim.transactionalID], record.producerID == claim.producerID
        else { throw .invalidProducerIDMapping }
        guard record.epoch == claim.epoch else { throw .producerFenced }
        return record
    }

    /// Adds to the open transaction, or begins one. Nil: all of it is there.
    func add(
        _ partitions: [TopicPartition] = [], groups: [String] = [], to claim: ProducerClaim,
        now: Int64
    ) throws(ErrorCode) -> JournalEntry? {
        let known = try record(of: claim)
        if known.state.isPrepared { throw .concurrentTransactions }
        var record = known
        if known.state != .ongoing {
            (record.state, record.startedAt) = (.ongoing, now)
            (record.partitions, record.groups) = ([], [])
        }
        record.partitions = Set(record.partitions).union(partitions).sorted()
        record.groups = Set(record.groups).union(groups).sorted()
        if record == known { return nil }
        if record.groups.count > Self.groupsMax { throw .invalidRequest }
        record.updatedAt = now
        return .transaction(record)
    }

    /// Decides the outcome. Nil: it was decided so before, and its answer may have been lost.
    func end(
        _ claim: ProducerClaim, commit: Bool, now: Int64
    ) throws(ErrorCode) -> TransactionRecord? {
        var record = try record(of: claim)
        switch (record.state, commit) {
        case (.ongoing, _):
            (record.state, record.updatedAt) = (commit ? .prepareCommit : .prepareAbort, now)
            return record
        case (.completeCommit, true), (.completeAbort, false): return nil
        case (.prepareCommit, true), (.prepareAbort, false): throw .concurrentTransactions
        default: throw .invalidTransactionState
        }
    }

    /// Why a transactional batch may not be appended to a partition; nil: it may.
    func refusal(of claim: ProducerClaim, to partition: TopicPartition) -> ErrorCode? {
        refusal(of: claim) { $0.partitions.contains(partition) }
    }

    /// Why offsets of a group may not be added to a transaction; nil: they may.
    func refusal(of claim: ProducerClaim, group: String) -> ErrorCode? {
        refusal(of: claim) { $0.groups.contains(group) }
    }

    /// Who writes within a transaction is told INVALID_PRODUCER_EPOCH when fenced, in any version.
    private func refusal(
        of claim: ProducerClaim, unless isPart: (TransactionRecord) -> Bool
    ) -> ErrorCode? {
        do throws(ErrorCode) {
            let record = try record(of: claim)
            let isOpen = record.state == .ongoing && isPart(record)
            return isOpen ? nil : .invalidTransactionState
        } catch {
            return error == .producerFenced ? .invalidProducerEpoch : error
        }
    }

    // MARK: time

    /// Transactions to abort because their producers took too long, and ids to forget.
    mutating func timePassed(now: Int64) -> [JournalEntry] {
        guard let nextDeadline, nextDeadline <= now else { return [] }
        let deadlines = records.values.compactMap { record in
            Self.deadline(record).map { (at: $0, record: record) }
        }
        self.nextDeadline = deadlines.lazy.map(\.at).filter { $0 > now }.min()
        return deadlines.filter { $0.at <= now }.map(\.record).sorted { $0.id < $1.id }.map {
            $0.state.isIdle
                ? .transactionRemoved(id: $0.id) : .transaction(Self.fenced($0, now: now))
        }
    }

    private static func deadline(_ record: TransactionRecord) -> Int64? {
        if record.state.isPrepared { return nil }
        return record.state == .ongoing
            ? record.startedAt &+ Int64(record.timeoutMilliseconds)
            : record.updatedAt &+ idleMillisecondsMax
    }
}

extension TransactionRecord {
    /// After its markers: what comes next begins with nothing.
    func completed(now: Int64) -> TransactionRecord {
        var record = self
        record.state = state == .prepareCommit ? .completeCommit : .completeAbort
        (record.partitions, record.groups, record.updatedAt) = ([], [], now)
        return record
    }
}

extension TransactionRecord.State {
    /// Decided; the markers may not all be in the logs yet.
    var isPrepared: Bool { self == .prepareCommit || self == .prepareAbort }
    /// No transaction is open.
    var isIdle: Bool { self != .ongoing && !isPrepared }
}
