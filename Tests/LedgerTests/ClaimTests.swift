import Contracts
import Dispatch
import HeadwayTesting
import Ledger
import Postgres
import Synchronization
import Testing

struct ClaimTests {
    let ledger: LedgerFixture

    init() throws { ledger = try LedgerFixture() }

    @Test func theFirstClaimBeginsAtItsStart() throws {
        var connection = try ledger.connect()
        let position = try LedgerPosition.claim(
            &connection, topic: LedgerFixture.visits, partition: 3, start: 17, owner: "one")
        #expect(position.nextOffset == 17)
        #expect(position.term == 1)
        #expect(position.owner == "one")
        #expect(position.state == .running)
        #expect(position.last == nil)
        #expect(position.stream == "tourism.arrivals")
        #expect(position.generation == 1)
        let again = try LedgerPosition.claim(
            &connection, topic: LedgerFixture.visits, partition: 3, start: 99, owner: "two")
        #expect(again.nextOffset == 17)
        #expect(again.term == 2)
        #expect(try LedgerPosition.all(&connection, stream: "tourism.arrivals") == [again])
        #expect(try LedgerPosition.all(&connection, stream: "sector.measurements").isEmpty)
    }

    @Test func aTopicThatNoStreamReadsIsRefused() throws {
        var connection = try ledger.connect()
        let failure = #expect(throws: PostgresFailure.self) {
            try LedgerPosition.claim(&connection, topic: "elsewhere", partition: 0, owner: "a")
        }
        #expect(failure?.sqlState == "HW002")
        #expect(failure?.message.contains("elsewhere") == true)
    }

    @Test func aCommitIsSeenByTheNextClaim() throws {
        var connection = try ledger.connect()
        let position = try LedgerFixture.claim(&connection)
        let last = RecordMark(offset: 9, timestampMilliseconds: 1_688_140_800_000, hash: -7)
        let watermark = Instant(seconds: 1_688_140_800)
        let counts = OutcomeCounts(folded: 5, duplicate: 2, deadLetter: 1, skipped: 2)
        try LedgerFixture.commit(
            position, to: 10, counts: counts, last: last, watermark: watermark, atEnd: true
        )
        .write(&connection)
        let next = try LedgerFixture.claim(&connection, owner: "b")
        #expect(next.nextOffset == 10)
        #expect(next.last == last)
        #expect(next.counts == counts)
        #expect(next.watermark == watermark)
        #expect(next.atEnd)
        // What is not told stays, and a watermark never moves back.
        try LedgerFixture.commit(next, to: 11, watermark: Instant(seconds: 5)).write(&connection)
        let after = try LedgerFixture.claim(&connection)
        #expect(after.last == last)
        #expect(after.watermark == watermark)
        #expect(after.counts.total == 11)
        #expect(!after.atEnd)
    }

    @Test func aClaimWaitsForThePredecessorsOpenTransaction() throws {
        var old = try ledger.connect()
        let position = try LedgerFixture.claim(&old)
        // The old owner has sent everything but COMMIT.
        try old.begin()
        _ = try old.pipeline(LedgerFixture.commit(position, to: 42).statements())

        let claimed = Mutex<Result<LedgerPosition, any Error>?>(nil)
        let (started, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let pid = Mutex<Int32>(0)
        DispatchQueue.global().async { [ledger] in
            let result = Result {
                var new = try ledger.connect()
                pid.withLock { [backend = new.backendPID] in $0 = backend }
                started.signal()
                return try LedgerFixture.claim(&new, owner: "new")
            }
            claimed.withLock { $0 = result }
            done.signal()
        }
        started.wait()
        // Until the server says that the claim waits for a lock.
        var other = try ledger.connect()
        while try !other.query(
            "select coalesce((select wait_event_type = 'Lock' from pg_stat_activity where pid = $1), false)",
            [.int4(pid.withLock { $0 })])[0].bool(0)
        {}
        #expect(claimed.withLock { $0 == nil })
        try old.commit()
        done.wait()
        let found = try #require(try claimed.withLock { $0 }?.get())
        #expect(found.nextOffset == 42)
        #expect(found.term == 2)
    }

    @Test func claimsAtTheSameTimeGetTermsOfTheirOwn() throws {
        let terms = Mutex<[Int64]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { index in
            do {
                var connection = try ledger.connect()
                let position = try LedgerFixture.claim(&connection, partition: 1, owner: "\(index)")
                terms.withLock { $0.append(position.term) }
            } catch {
                Issue.record(error)
            }
        }
        #expect(terms.withLock { $0.sorted() } == Array(1...8))
    }

    @Test func haltAndResume() throws {
        var connection = try ledger.connect()
        let position = try LedgerFixture.claim(&connection)
        let last = RecordMark(offset: 4, timestampMilliseconds: 1, hash: 1)
        try LedgerFixture.commit(position, to: 5, last: last).write(&connection)
        try LedgerPosition.halt(
            &connection, topicPartition: position.topicPartition, generation: position.generation,
            term: position.term, .haltedDiverged, detail: "another topic\0")
        // Nothing is written any more, by the same term either.
        let fenced = #expect(throws: PostgresFailure.self) {
            try LedgerFixture.commit(position, from: 5, to: 6).write(&connection)
        }
        #expect(fenced?.kind == .fenced)
        let halted = try LedgerFixture.claim(&connection)
        #expect(halted.state == .haltedDiverged)
        #expect(halted.stateDetail == "another topic")
        #expect(halted.last == last)

        let resumed = try LedgerPosition.resume(
            &connection, topic: LedgerFixture.visits, partition: 0, at: 9, who: "operator@city")
        #expect(resumed.state == .running)
        #expect(resumed.nextOffset == 9)
        #expect(resumed.last == nil)
        #expect(resumed.term == halted.term + 1)
        let audit = try connection.query(
            "select who, what, detail ->> 'to_offset', detail ->> 'state' from ledger.audit")
        #expect(audit.count == 1)
        #expect(
            (0..<4).map { audit[0].text($0) } == [
                "operator@city", "resume", "9", "halted_diverged",
            ])
        let refused = #expect(throws: PostgresFailure.self) {
            try LedgerPosition.resume(
                &connection, topic: LedgerFixture.visits, partition: 0, who: "x")
        }
        #expect(refused?.sqlState == "HW002")
        for sql in [
            "delete from ledger.audit", "update ledger.audit set who = ''", "truncate ledger.audit",
        ] {
            #expect(throws: PostgresFailure.self) { try connection.query(sql) }
        }
    }

    @Test func resumingWhereItStoodKeepsTheLastRecord() throws {
        var connection = try ledger.connect()
        let position = try LedgerFixture.claim(&connection)
        let last = RecordMark(offset: 4, timestampMilliseconds: 1, hash: 1)
        try LedgerFixture.commit(position, to: 5, last: last).write(&connection)
        try LedgerPosition.halt(
            &connection, topicPartition: position.topicPartition, generation: position.generation,
            term: position.term, .haltedDeadLetters, detail: "")
        let resumed = try LedgerPosition.resume(
            &connection, topic: LedgerFixture.visits, partition: 0, who: "x")
        #expect(resumed.nextOffset == 5)
        #expect(resumed.last == last)
    }

    /// What is counted already would be counted twice, and rows of the same offsets would collide.
    @Test func nothingResumesBehindWhatIsCounted() throws {
        var connection = try ledger.connect()
        let position = try LedgerFixture.claim(&connection)
        try LedgerFixture.commit(position, to: 5).write(&connection)
        try LedgerPosition.halt(
            &connection, topicPartition: position.topicPartition, generation: position.generation,
            term: position.term, .haltedDataLoss, detail: "gone")
        let refused = #expect(throws: PostgresFailure.self) {
            try LedgerPosition.resume(
                &connection, topic: LedgerFixture.visits, partition: 0, at: 4, who: "x")
        }
        #expect(refused?.sqlState == "HW002")
        #expect(refused?.message.contains("replay") == true)
        let (held, audited) = (
            try LedgerPosition.all(&connection, stream: "tourism.arrivals"),
            try connection.query("select from ledger.audit").count
        )
        #expect(held.map(\.state) == [.haltedDataLoss] && held.map(\.nextOffset) == [5])
        #expect(audited == 0)
        let resumed = try LedgerPosition.resume(
            &connection, topic: LedgerFixture.visits, partition: 0, at: 5, who: "x")
        #expect(resumed.nextOffset == 5)
    }

    @Test func aHaltUnderAnotherTermIsFenced() throws {
        var connection = try ledger.connect()
        let position = try LedgerFixture.claim(&connection)
        _ = try LedgerFixture.claim(&connection, owner: "b")
        let failure = #expect(throws: PostgresFailure.self) {
            try LedgerPosition.halt(
                &connection, topicPartition: position.topicPartition,
                generation: position.generation,
                term: position.term, .haltedCorrupt, detail: "")
        }
        #expect(failure?.kind == .fenced)
    }
}
