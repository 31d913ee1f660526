import Contracts
import Foundation
import HeadwayTesting
import Kafka
import Ledger
import Postgres
import Relay
import Synchronization
import Testing

/// Ends the relay's sessions, a few times.
final class Cutter: Sendable {
    let database: ScratchDatabase
    let left = Atomic<Int>(8)

    init(database: ScratchDatabase) { self.database = database }

    func cut() {
        guard left.subtract(1, ordering: .relaxed).oldValue > 0 else { return }
        do {
            var connection = try database.connect()
            _ = try connection.query(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and application_name = 'relay'
                """)
        } catch {
            Issue.record("\(error)")
        }
    }
}

@Suite(.serialized)
struct RelayServiceTests {
    @Test func publishesWhatIsThereAndWhatComes() throws {
        let fixture = try RelayFixture()
        try fixture.decide(5)
        try fixture.addDeadLetter(7)
        let relay = try RunningRelay(fixture.configuration())
        try relay.waitForMark(5)
        try fixture.decide(2_500)
        try relay.waitForMark(2_505)
        #expect(try relay.end() == nil)
        #expect(try fixture.published() == Array(1...2_505))
        let states = try fixture.read(fixture.outputs.status.name)
        #expect(Set(states.map { $0.headers["ce_type"] }) == ["target.status.v1"])
        let dead = try fixture.read(fixture.outputs.deadLetters.name)
        #expect(dead.count == 1)
        #expect(dead.first?.key == [1] && dead.first?.value == [2, 3])
        #expect(dead.first?.timestamp == 1_000_000)
        #expect(dead.first?.headers["headway_dead_letter_id"] == "in/0/7")
        #expect(dead.first?.headers["__connect.errors.exception.class.name"] == "bad_json")

        // Another start finds nothing to do and nothing to complain of.
        let again = try RunningRelay(fixture.configuration())
        try again.observer.wait { $0.contains(.idle) }
        try fixture.decide(1)
        try again.waitForMark(2_506)
        #expect(try again.end() == nil)
        #expect(try fixture.published() == Array(1...2_506))
        #expect(again.observer.facts.contains(.resolved(.proceed)))
    }

    /// The database goes away at each step, several times; each number is read once, in order.
    @Test func survivesLosingTheDatabaseAnywhere() throws {
        let fixture = try RelayFixture()
        let relay = try RunningRelay(fixture.configuration())
        try relay.observer.wait { $0.contains(.idle) }
        let cutter = Cutter(database: fixture.database)
        relay.observer.onFact { fact in
            switch fact {
            case .recorded, .published, .settled: cutter.cut()
            default: break
            }
        }
        var total: Int64 = 0
        while cutter.left.load(ordering: .relaxed) > 0, total < 500 {
            try fixture.decide(10)
            total += 10
            try relay.waitForMark(total)
        }
        #expect(try relay.end() == nil)
        #expect(cutter.left.load(ordering: .relaxed) <= 0)
        #expect(try fixture.published() == Array(1...total))
        let facts = relay.observer.facts
        #expect(facts.contains(.resolved(.markPublished)))
    }

    /// The successor waits for the lease, is told when it is free, and goes on where the first left
    /// off.
    @Test func oneOfTwoPublishes() throws {
        let fixture = try RelayFixture()
        let first = try RunningRelay(fixture.configuration(owner: "one"))
        try first.observer.wait { $0.contains(.idle) }
        let second = try RunningRelay(fixture.configuration(owner: "two"))
        try second.observer.wait { $0.contains(.standingBy) }
        try fixture.decide(10)
        try first.waitForMark(10)
        #expect(!second.observer.facts.contains(.producerOpened))
        #expect(try first.end() == nil)
        try second.observer.wait { $0.contains(.idle) }
        try fixture.decide(10)
        try second.waitForMark(20)
        #expect(try second.end() == nil)
        #expect(try fixture.published() == Array(1...20))
    }

    /// A producer that fences the relay makes it take the lease again, not fight.
    @Test func aFencedRelayBeginsAgain() throws {
        let fixture = try RelayFixture()
        let relay = try RunningRelay(fixture.configuration())
        try relay.observer.wait { $0.contains(.idle) }
        var other = try KafkaProducer(
            settings: .transactional(brokers: fixture.brokers, id: fixture.transactionalID))
        try other.initTransactions(timeout: .seconds(30))
        try fixture.decide(3)
        try relay.waitForMark(3)
        #expect(try relay.end() == nil)
        #expect(
            relay.observer.facts.count { if case .leaseTaken = $0 { true } else { false } } == 2)
        #expect(try fixture.published() == [1, 2, 3])
    }

    @Test func haltsWhereLedgerAndTopicsContradictEachOther() throws {
        let fixture = try RelayFixture()
        try fixture.decide(5)
        var relay = try RunningRelay(fixture.configuration())
        try relay.waitForMark(5)
        try relay.end()
        // The database comes back from an older copy.
        var connection = try fixture.database.connect()
        _ = try connection.query(
            "update ledger.relay_mark set published = 3 where shard = 'changes/p'")
        relay = try RunningRelay(fixture.configuration())
        try relay.waitForHalts(1)
        let halted = relay.halts[0]
        #expect(halted.contains("restored"))
        func state() throws -> [String] {
            let row = try connection.query("select state, state_detail from ledger.relay_state")[0]
            return [row.text(0), row.text(1)]
        }
        #expect(try state() == ["halted_contradiction", halted])
        // It stands by, and so does each that starts meanwhile, until an operator has looked.
        let other = try RunningRelay(fixture.configuration(owner: "two"))
        try other.waitForHalts(1)
        #expect(try other.end() == halted)
        #expect(try state() == ["halted_contradiction", halted])
        _ = try connection.query(
            "update ledger.relay_mark set published = 5 where shard = 'changes/p'")
        #expect(try RelayMarks.trustMarks(&connection, who: "operator"))
        try fixture.decide(1)
        try relay.waitForMark(6)
        #expect(relay.halts == [halted])
        try relay.end()
        #expect(try fixture.published() == Array(1...6))
    }

    /// Brokers refuse records that are more than an hour ahead of them.
    @Test func aDeadLetterOfTheFutureBlocksNothing() throws {
        let fixture = try RelayFixture()
        let future: Int64 = 4_102_444_800
        try fixture.addDeadLetter(7, time: future)
        try fixture.addDeadLetter(8)
        let relay = try RunningRelay(fixture.configuration())
        try fixture.decide(1)
        try relay.waitForMark(1)
        #expect(try relay.end() == nil)
        let dead = try fixture.read(fixture.outputs.deadLetters.name)
        #expect(dead.map { $0.headers["headway_dead_letter_id"] } == ["in/0/7", "in/0/8"])
        #expect(
            dead.map { $0.headers["headway_record_timestamp"] } == ["\(future * 1_000)", nil])
        #expect((dead.first?.timestamp ?? 0) < future * 1_000)
        #expect(dead.last?.timestamp == 1_000_000)
    }

    /// What the broker never takes is said, not tried for ever; once it is mended, nothing is lost
    /// or doubled.
    @Test func aRecordThatTheTopicIsTooNarrowForHaltsTheRelay() throws {
        let fixture = try RelayFixture()
        let name = fixture.outputs.changes.name
        func allow(_ bytes: Int) throws {
            let admin = try KafkaAdmin(settings: .admin(brokers: fixture.brokers))
            try admin.alter(
                name, settings: ["max.message.bytes": "\(bytes)"], timeout: .seconds(30))
        }
        try allow(200)
        let relay = try RunningRelay(fixture.configuration())
        try fixture.decide(5)
        try relay.waitForHalts(1)
        #expect(relay.halts[0].contains("MSG_SIZE_TOO_LARGE"))
        #expect(relay.halts[0].contains("max.message.bytes"))
        try allow(1_000_000)
        var connection = try fixture.database.connect()
        #expect(try RelayMarks.trustMarks(&connection, who: "operator"))
        try relay.waitForMark(5)
        try relay.end()
        #expect(relay.halts.count == 1)
        #expect(try fixture.published() == Array(1...5))
    }

    @Test func deadLettersOfAPromotedGenerationAreNotRepeated() throws {
        let fixture = try RelayFixture()
        try fixture.addDeadLetter(7)
        var connection = try fixture.database.connect()
        _ = try connection.query(
            """
            insert into ledger.position (topic_partition, generation, next_offset)
            select id, 2, 0 from ledger.topic_partition
            """)
        let relay = try RunningRelay(fixture.configuration())
        try fixture.addDeadLetter(7, generation: 2)
        try fixture.addDeadLetter(8, generation: 2)
        try fixture.decide(1)
        try relay.waitForMark(1)
        let before = try fixture.read(fixture.outputs.deadLetters.name)
        #expect(before.map { $0.headers["headway_dead_letter_id"] } == ["in/0/7"])
        _ = try connection.query("update ledger.stream set live_generation = 2")
        try fixture.decide(1)
        try relay.waitForMark(2)
        #expect(try relay.end() == nil)
        let after = try fixture.read(fixture.outputs.deadLetters.name)
        #expect(after.map { $0.headers["headway_dead_letter_id"] } == ["in/0/7", "in/0/8"])
    }

    /// From the change log's commit to a committed record, one at a time.
    @Test func aQuietRelayIsFast() throws {
        let fixture = try RelayFixture()
        let relay = try RunningRelay(fixture.configuration())
        try relay.observer.wait { $0.contains(.idle) }
        var delays: [Duration] = []
        for number in 1...40 {
            let start = ContinuousClock.now
            try fixture.decide(1)
            try relay.observer.wait { facts in
                facts.contains { fact in
                    if case .published(_, _, _, let marks) = fact {
                        marks[.changes(plan: "p")] == Int64(number)
                    } else {
                        false
                    }
                }
            }
            delays.append(ContinuousClock.now - start)
            try relay.waitForMark(Int64(number))
        }
        #expect(try relay.end() == nil)
        delays.sort()
        print("change to committed record: median \(delays[20]), worst \(delays[39])")
        #expect(delays[36] < .milliseconds(250))
    }
}
