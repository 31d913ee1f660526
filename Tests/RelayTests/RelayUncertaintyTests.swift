import HeadwayTesting
import Ledger
import Postgres
import Relay
import Testing

/// Commits whose outcome the relay cannot know. The mock keeps a failed transaction's records, so a
/// batch that was sent twice would be seen twice.
@Suite(.serialized) struct RelayUncertaintyTests {
    @Test(arguments: [
        Int32(48),  // INVALID_TXN_STATE: fatal
        47,  // INVALID_PRODUCER_EPOCH: fenced
        90  // PRODUCER_FENCED
    ])
    func aCommitThatFailedAfterWritingIsNotRepeated(code: Int32) throws {
        let mock = try MockKafka()
        let fixture = try RelayFixture(on: mock)
        let relay = try RunningRelay(fixture.configuration())
        try relay.observer.wait { $0.contains(.idle) }
        mock.fail(.endTransaction, with: [code])
        try fixture.decide(5)
        try relay.observer.wait { $0.contains(.resolved(.markPublished)) && $0.last == .idle }
        try fixture.decide(5)
        try relay.waitForMark(10)
        #expect(try relay.end() == nil)
        #expect(try fixture.published() == Array(1...10))
    }

    @Test(arguments: [
        Int32(10),  // MSG_SIZE_TOO_LARGE
        29,  // TOPIC_AUTHORIZATION_FAILED
        87  // INVALID_RECORD
    ])
    func whatIsRefusedForGoodHaltsTheRelay(code: Int32) throws {
        let mock = try MockKafka()
        let fixture = try RelayFixture(on: mock)
        let relay = try RunningRelay(fixture.configuration())
        try relay.observer.wait { $0.contains(.idle) }
        // One record in one partition: the mock would keep what went to others before the refusal.
        mock.fail(.produce, with: [code])
        try fixture.addDeadLetter(7)
        try relay.waitForHalts(1)
        var connection = try fixture.database.connect()
        let row = try connection.query("select state, state_detail from ledger.relay_state")[0]
        #expect(row.text(0) == "halted_refused" && row.text(1) == relay.halts[0])
        #expect(relay.halts[0].contains("headway resume relay"))
        #expect(try RelayMarks.trustMarks(&connection, who: "operator"))
        try fixture.decide(5)
        try relay.waitForMark(5)
        try relay.end()
        #expect(relay.halts.count == 1)
        #expect(try fixture.published() == Array(1...5))
        let dead = try fixture.read(fixture.outputs.deadLetters.name)
        #expect(dead.map { $0.headers["headway_dead_letter_id"] } == ["in/0/7"])
    }

    /// The connection is cut again and again while the batch is committed.
    @Test func cutConnectionsAreResumed() throws {
        let mock = try MockKafka()
        let fixture = try RelayFixture(on: mock)
        let relay = try RunningRelay(fixture.configuration())
        try relay.observer.wait { $0.contains(.idle) }
        for request in [MockKafka.Request.addPartitionsToTransaction, .produce, .endTransaction] {
            mock.fail(request, with: [MockKafka.transport, MockKafka.transport])
        }
        try fixture.decide(5)
        try relay.waitForMark(5)
        #expect(try relay.end() == nil)
        #expect(try fixture.published() == Array(1...5))
    }

    @Test func aBrokerThatComesBackIsUsedAgain() throws {
        let mock = try MockKafka()
        let fixture = try RelayFixture(on: mock)
        let relay = try RunningRelay(fixture.configuration())
        try relay.observer.wait { $0.contains(.idle) }
        try mock.setDown()
        try fixture.decide(5)
        try relay.observer.wait { facts in
            facts.contains { if case .recorded = $0 { true } else { false } }
        }
        try mock.setUp()
        try relay.waitForMark(5)
        #expect(try relay.end() == nil)
        #expect(try fixture.published() == Array(1...5))
    }

    @Test func stoppingIsBoundedWithoutABroker() throws {
        let mock = try MockKafka()
        let fixture = try RelayFixture(on: mock)
        let relay = try RunningRelay(fixture.configuration())
        try relay.observer.wait { $0.contains(.idle) }
        try mock.setDown()
        try fixture.decide(5)
        try relay.observer.wait { facts in
            facts.contains { if case .recorded = $0 { true } else { false } }
        }
        let start = ContinuousClock.now
        #expect(try relay.end() == nil)
        #expect(ContinuousClock.now - start < .seconds(10))
        // Another one finishes what the first began.
        try mock.setUp()
        let next = try RunningRelay(fixture.configuration())
        try next.observer.wait { $0.contains(.idle) }
        #expect(try next.end() == nil)
        #expect(try fixture.published() == Array(1...5))
    }
}
