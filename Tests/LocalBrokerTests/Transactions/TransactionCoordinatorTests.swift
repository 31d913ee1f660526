import Testing

@testable import LocalBroker

/// The code that is thrown.
private func refused<T>(_ body: () throws -> T) -> ErrorCode {
    do {
        _ = try body()
        return .none
    } catch {
        return error as? ErrorCode ?? ErrorCode(rawValue: -1)
    }
}

/// Traces of the machine alone: what it decides is applied at once, as the broker does.
@Suite struct TransactionCoordinatorTests {
    private var machine = TransactionCoordinator()
    private var limits = BrokerSettings.Limits()
    private var journal: [JournalEntry] = []
    private var now: Int64 = 1_000
    private let p0 = TopicPartition(topic: "t", partition: 0)
    private let p1 = TopicPartition(topic: "t", partition: 1)

    init() { apply(.started(epoch: 1)) }

    private mutating func apply(_ entry: JournalEntry) {
        journal.append(entry)
        machine.apply(entry)
    }

    /// As after kill -9.
    private mutating func restart() {
        machine = TransactionCoordinator()
        for entry in journal { machine.apply(entry) }
        apply(.started(epoch: 2))
    }

    private func claim(_ producerID: Int64, _ epoch: Int16, _ id: String = "a") -> ProducerClaim {
        ProducerClaim(transactionalID: id, producerID: producerID, epoch: epoch)
    }

    /// Begins as a producer; nil where it must wait.
    private mutating func begin(_ id: String? = "a", timeout: Int32 = 60_000) throws
        -> ProducerClaim?
    {
        let limits = limits
        switch try machine.initialize(id, timeoutMilliseconds: timeout, limits: limits, now: now) {
        case .give(let producerID, let epoch, let entries):
            for entry in entries { apply(entry) }
            return claim(producerID, epoch, id ?? "")
        case .abort(let record):
            apply(.transaction(record))
            return nil
        case .askAgain: return nil
        }
    }

    private mutating func add(_ partitions: [TopicPartition], to claim: ProducerClaim) throws {
        if let entry = try machine.add(partitions, to: claim, now: now) { apply(entry) }
    }

    private mutating func prepare(_ claim: ProducerClaim, commit: Bool) throws {
        apply(.transaction(try #require(try machine.end(claim, commit: commit, now: now))))
    }

    /// As when the markers are on the disk.
    private mutating func complete(_ id: String = "a") throws {
        apply(.transaction(try #require(machine.records[id]).completed(now: now)))
    }

    // MARK: producers

    @Test mutating func producerIDsAreNeverGivenTwice() throws {
        #expect(try begin(nil) == claim(0, 0, ""))
        #expect(journal.last == .producerIDs(next: 1_000))
        #expect(try begin("a") == claim(1, 0))
        for _ in 2..<1_000 { _ = try begin(nil) }
        #expect(journal.filter { if case .producerIDs = $0 { true } else { false } }.count == 1)
        #expect(try begin(nil) == claim(1_000, 0, ""))
        #expect(journal.last == .producerIDs(next: 2_000))
        restart()
        #expect(try begin(nil) == claim(2_000, 0, ""))
    }

    @Test mutating func eachInitializationFencesTheOneBefore() throws {
        #expect(try begin() == claim(0, 0))
        #expect(try begin() == claim(0, 1))
        restart()
        #expect(try begin() == claim(0, 2))
        #expect(refused { try machine.add([p0], to: claim(0, 1), now: 0) } == .producerFenced)
        #expect(refused { try machine.add([p0], to: claim(0, 3), now: 0) } == .producerFenced)
        #expect(
            refused { try machine.add([p0], to: claim(5, 2), now: 0) } == .invalidProducerIDMapping)
        #expect(
            refused { try machine.add([p0], to: claim(0, 2, "b"), now: 0) }
                == .invalidProducerIDMapping)
        #expect(
            refused { try machine.end(claim(0, 2, ""), commit: true, now: 0) } == .invalidRequest)
    }

    @Test mutating func anExhaustedEpochGetsAnotherProducerID() throws {
        _ = try begin()
        var record = try #require(machine.records["a"])
        record.epoch = Int16.max - 2
        apply(.transaction(record))
        #expect(try begin() == claim(0, Int16.max - 1))
        try add([p0], to: claim(0, .max - 1))
        #expect(try begin() == nil)
        #expect(machine.records["a"]?.epoch == .max)
        try complete()
        #expect(try begin() == claim(1, 0))
        #expect(machine.refusal(of: claim(0, .max), to: p0) == .invalidProducerIDMapping)
    }

    @Test(arguments: [
        (Int32(0), ErrorCode.invalidTransactionTimeout), (-1, .invalidTransactionTimeout),
        (900_001, .invalidTransactionTimeout), (1, .none), (900_000, .none),
    ])
    mutating func timeoutsAreBounded(timeout: Int32, error: ErrorCode) {
        let limits = limits
        #expect(
            refused {
                try machine.initialize("a", timeoutMilliseconds: timeout, limits: limits, now: 0)
            } == error)
        #expect(
            refused {
                try machine.initialize("", timeoutMilliseconds: timeout, limits: limits, now: 0)
            } == .invalidRequest)
        // Without a transactional id there is no transaction to time out.
        #expect(
            refused {
                try machine.initialize(nil, timeoutMilliseconds: timeout, limits: limits, now: 0)
            } == .none)
    }

    @Test mutating func idsAreBounded() throws {
        limits.transactionalIDsMax = 2
        try add([p0], to: try #require(try begin("a")))
        now += 1
        _ = try begin("b")
        now += 1
        // The one that was used least recently and has no transaction open makes room.
        _ = try begin("c")
        #expect(machine.records.keys.sorted() == ["a", "c"])
        try add([p0], to: claim(2, 0, "c"))
        let limits = limits
        #expect(
            refused {
                try machine.initialize("d", timeoutMilliseconds: 1, limits: limits, now: 0)
            } == .coordinatorNotAvailable)
        #expect(try begin("a") == nil)
    }

    @Test mutating func whatIsKeptOfAClientIsBounded() throws {
        let limits = limits
        let long = String(repeating: "x", count: 1_025)
        #expect(
            refused { try machine.initialize(long, timeoutMilliseconds: 1, limits: limits, now: 0) }
                == .invalidRequest)
        let mine = try #require(try begin())
        let groups = (0...100).map { "group \($0)" }
        #expect(refused { try machine.add(groups: groups, to: mine, now: 0) } == .invalidRequest)
        #expect(try machine.add(groups: groups.dropLast(), to: mine, now: 0) != nil)
    }

    // MARK: transactions

    @Test mutating func aTransactionCommits() throws {
        let mine = try #require(try begin())
        #expect(machine.refusal(of: claim(0, 0), to: p0) == .invalidTransactionState)
        now = 5_000
        try add([p1], to: mine)
        #expect(machine.records["a"]?.startedAt == 5_000)
        now = 6_000
        try add([p0], to: mine)
        if let entry = try machine.add(groups: ["g"], to: mine, now: now) { apply(entry) }
        #expect(try machine.add([p0, p1], groups: ["g"], to: mine, now: 7_000) == nil)
        #expect(machine.refusal(of: claim(0, 0), to: p0) == nil)
        #expect(machine.refusal(of: claim(0, 1), to: p0) == .invalidProducerEpoch)
        #expect(machine.refusal(of: claim(9, 0), to: p0) == .invalidProducerIDMapping)
        #expect(machine.refusal(of: mine, group: "g") == nil)
        #expect(machine.refusal(of: mine, group: "h") == .invalidTransactionState)
        #expect(machine.refusal(of: claim(0, 1), group: "g") == .invalidProducerEpoch)
        try prepare(mine, commit: true)
        #expect(
            machine.prepared == [
                TransactionRecord(
                    id: "a", producerID: 0, epoch: 0, timeoutMilliseconds: 60_000,
                    state: .prepareCommit, partitions: [p0, p1], groups: ["g"], startedAt: 5_000,
                    updatedAt: 6_000)
            ])
        #expect(machine.refusal(of: claim(0, 0), to: p0) == .invalidTransactionState)
        #expect(refused { try machine.add([p0], to: mine, now: 0) } == .concurrentTransactions)
        #expect(try begin() == nil)
        #expect(machine.records["a"]?.epoch == 0)
        try complete()
        #expect(machine.prepared.isEmpty)
        #expect(machine.records["a"]?.partitions == [])
        try add([p1], to: mine)
        #expect(machine.records["a"]?.partitions == [p1])
        #expect(machine.records["a"]?.groups == [])
    }

    /// What EndTxn gets in each state.
    @Test func ends() throws {
        typealias Row = (TransactionRecord.State, commit: ErrorCode, abort: ErrorCode)
        let table: [Row] = [
            (.empty, .invalidTransactionState, .invalidTransactionState),
            (.ongoing, .none, .none),
            (.prepareCommit, .concurrentTransactions, .invalidTransactionState),
            (.prepareAbort, .invalidTransactionState, .concurrentTransactions),
            // The answer may have been lost.
            (.completeCommit, .none, .invalidTransactionState),
            (.completeAbort, .invalidTransactionState, .none),
        ]
        for (state, commit, abort) in table {
            var machine = TransactionCoordinator()
            machine.apply(
                .transaction(
                    TransactionRecord(
                        id: "a", producerID: 0, epoch: 0, timeoutMilliseconds: 1, state: state,
                        partitions: [p0], groups: [], startedAt: 0, updatedAt: 0)))
            #expect(refused { try machine.end(claim(0, 0), commit: true, now: 0) } == commit)
            #expect(refused { try machine.end(claim(0, 0), commit: false, now: 0) } == abort)
            #expect(
                refused { try machine.end(claim(0, 1), commit: true, now: 0) } == .producerFenced)
            if state == .completeCommit || state == .completeAbort {
                #expect(try machine.end(claim(0, 0), commit: commit == .none, now: 0) == nil)
            }
        }
    }

    @Test mutating func aSuccessorAbortsWhatIsOpen() throws {
        let first = try #require(try begin())
        try add([p0], to: first)
        restart()
        #expect(machine.refusal(of: claim(0, 0), to: p0) == nil)
        #expect(try begin() == nil)
        #expect(machine.records["a"]?.state == .prepareAbort)
        #expect(machine.records["a"]?.epoch == 1)
        #expect(machine.refusal(of: claim(0, 0), to: p0) == .invalidProducerEpoch)
        #expect(refused { try machine.end(first, commit: true, now: 0) } == .producerFenced)
        restart()
        #expect(machine.prepared.map(\.epoch) == [1])
        try complete()
        #expect(try begin() == claim(0, 2))
    }

    // MARK: time

    @Test mutating func anOpenTransactionIsAbortedByItsTimeout() throws {
        let mine = try #require(try begin(timeout: 500))
        now = 2_000
        try add([p0], to: mine)
        now = 2_400
        try add([p1], to: mine)
        restart()
        #expect(machine.nextDeadline == 2_500)
        #expect(machine.timePassed(now: 2_499) == [])
        let passed = machine.timePassed(now: 2_500)
        for entry in passed { apply(entry) }
        #expect(passed.count == 1 && machine.prepared.map(\.id) == ["a"])
        #expect(machine.prepared.map(\.state) == [.prepareAbort])
        #expect(machine.prepared.map(\.partitions) == [[p0, p1]])
        #expect(machine.refusal(of: claim(0, 0), to: p0) == .invalidProducerEpoch)
        #expect(refused { try machine.end(mine, commit: true, now: 0) } == .producerFenced)
        #expect(machine.timePassed(now: 1 << 40) == [])
        try complete()
        #expect(try begin() == claim(0, 2))
    }

    @Test mutating func idleIDsAreForgotten() throws {
        let week: Int64 = 7 * 86_400_000
        _ = try begin("a")
        now += 10
        _ = try begin("b")
        #expect(machine.nextDeadline == 1_000 + week)
        let passed = machine.timePassed(now: 1_000 + week)
        for entry in passed { apply(entry) }
        #expect(passed == [.transactionRemoved(id: "a")])
        #expect(machine.nextDeadline == 1_010 + week)
        restart()
        #expect(machine.records.keys.sorted() == ["b"])
        #expect(try begin("a") == claim(1_000, 0))
    }

    @Test mutating func theSnapshotMakesTheSame() throws {
        try add([p0], to: try #require(try begin("b")))
        _ = try begin("a")
        try add([p1], to: try #require(try begin("c")))
        try prepare(claim(2, 0, "c"), commit: true)
        let snapshot = machine.entries
        journal = [.started(epoch: 1)] + snapshot
        restart()
        #expect(machine.entries == snapshot)
        #expect(try begin(nil) == claim(1_000, 0, ""))
    }
}
