import Kafka
import Ledger
import Relay
import Testing

/// Traces: what happened, and what the relay did about it.
@Suite struct RelayMachineTests {
    private let ends: [String: Int64] = ["status/0": 10, "changes/0": 10, "dead/0": 10]

    /// A machine that has started with nothing under way and looks for rows.
    private func running(_ marks: [RelayShard: Int64] = [:]) -> RelayMachine {
        var machine = RelayMachine()
        #expect(machine.started() == .connect)
        #expect(machine.leaseTaken(RelayCondition(marks: marks)) == .openProducer)
        #expect(machine.producerOpened(RelayCondition(marks: marks)) == .examine(nil))
        let last = marks[Rows.changes].map { [RelayTrace.change(plan: "p", sequence: $0)] } ?? []
        #expect(
            machine.examined(expected: nil, tails: Rows.tails(changes: last), outputs: Rows.outputs)
                == .fetch(marks: marks))
        return machine
    }

    @Test func quiet() throws {
        var machine = running()
        let batch = try Rows.batch([Rows.change(1)])
        #expect(
            machine.fetched(batch)
                == .record(marks: [:], intent: RelayIntent(ranges: batch.ranges, ends: ends)))
        #expect(machine.recorded() == .publish)
        #expect(machine.published([Rows.changesPlace: 11]) == .fetch(marks: [Rows.changes: 1]))
        #expect(machine.fetched(nil) == .settle(marks: [Rows.changes: 1]))
        #expect(machine.settled() == .fetch(marks: [Rows.changes: 1]))
        #expect(machine.fetched(nil) == .wait)
        #expect(machine.leaseIsOld() == .renew)
        #expect(machine.renewed() == .fetch(marks: [Rows.changes: 1]))
        #expect(machine.fetched(nil) == .wait)
        #expect(machine.woken() == .fetch(marks: [Rows.changes: 1]))
    }

    @Test func busyMarksRideWithTheNextIntent() throws {
        var machine = running()
        let first = try Rows.batch([Rows.change(1)])
        _ = machine.fetched(first)
        _ = machine.recorded()
        _ = machine.published([Rows.changesPlace: 11, Rows.statusPlace: 11])
        let second = try Rows.batch([Rows.change(2)], after: first.marks)
        let ends: [String: Int64] = ["status/0": 11, "changes/0": 11, "dead/0": 10]
        #expect(
            machine.fetched(second)
                == .record(
                    marks: [Rows.changes: 1], intent: RelayIntent(ranges: second.ranges, ends: ends)
                ))
        #expect(machine.recorded() == .publish)
        #expect(machine.published([:]) == .fetch(marks: [Rows.changes: 2]))
    }

    @Test func aBatchUnderWayIsResolved() throws {
        let batch = try Rows.batch([Rows.change(1)])
        let intent = RelayIntent(ranges: batch.ranges, ends: ends)
        func resolve(_ after: [TopicPartition: [UInt64]]) -> (RelayMachine, RelayMachine.Action) {
            var machine = RelayMachine()
            _ = machine.started()
            _ = machine.leaseTaken(RelayCondition(intent: intent))
            #expect(machine.producerOpened(RelayCondition(intent: intent)) == .examine(intent))
            let action = machine.examined(
                expected: batch, tails: Rows.tails(high: 20, after: after), outputs: Rows.outputs)
            return (machine, action)
        }
        var (machine, action) = resolve(batch.digests)
        #expect(action == .settle(marks: [Rows.changes: 1]))
        #expect(machine.settled() == .fetch(marks: [Rows.changes: 1]))
        (machine, action) = resolve([:])
        #expect(action == .publish)
        #expect(machine.published([:]) == .fetch(marks: [Rows.changes: 1]))
        #expect(machine.fetched(nil) == .settle(marks: [Rows.changes: 1]))
        (machine, action) = resolve([Rows.changesPlace: [1]])
        guard case .halt = action else {
            Issue.record("\(action)")
            return
        }
        #expect(!machine.isEnded)
    }

    @Test func anUncertainCommitIsResolvedByAnotherProducer() throws {
        var machine = running()
        let batch = try Rows.batch([Rows.change(1)])
        _ = machine.fetched(batch)
        _ = machine.recorded()
        #expect(machine.producerFailed(fenced: false) == .backOff(attempt: 1, everything: false))
        #expect(machine.backedOff() == .connect)
        let intent = RelayIntent(ranges: batch.ranges, ends: ends)
        #expect(machine.leaseTaken(RelayCondition(intent: intent)) == .openProducer)
        #expect(machine.producerFailed(fenced: false) == .backOff(attempt: 2, everything: false))
        _ = machine.backedOff()
        _ = machine.leaseTaken(RelayCondition(intent: intent))
        #expect(machine.producerOpened(RelayCondition(intent: intent)) == .examine(intent))
        #expect(
            machine.examined(
                expected: batch, tails: Rows.tails(high: 20, after: batch.digests),
                outputs: Rows.outputs) == .settle(marks: [Rows.changes: 1]))
    }

    @Test func theFencedGetsTheLeaseBeforeAnythingElse() throws {
        var machine = running()
        _ = machine.fetched(try Rows.batch([Rows.change(1)]))
        _ = machine.recorded()
        #expect(machine.producerFailed(fenced: true) == .backOff(attempt: 1, everything: true))
        #expect(machine.backedOff() == .connect)
        #expect(machine.leaseRefused() == .standBy)
        #expect(machine.stoodBy() == .connect)
    }

    @Test func aLostLedgerBeginsAgain() throws {
        var machine = running()
        _ = machine.fetched(try Rows.batch([Rows.change(1)]))
        #expect(machine.ledgerFailed() == .backOff(attempt: 1, everything: true))
        #expect(machine.backedOff() == .connect)
    }

    @Test func repeatedDeadLettersAreSettledWithoutATransaction() throws {
        var machine = running()
        #expect(
            machine.fetched(try Rows.batch([], [Rows.letter(4, repeated: true)]))
                == .settle(marks: [Rows.letters: 4]))
        #expect(machine.settled() == .fetch(marks: [Rows.letters: 4]))
    }

    @Test func aHaltLastsUntilTheLedgerSaysOtherwise() {
        var machine = RelayMachine()
        _ = machine.started()
        #expect(machine.leaseTaken(RelayCondition(haltedBecause: "so")) == .awaitResume("so"))
        #expect(machine.looked(haltedBecause: "so") == .awaitResume("so"))
        #expect(machine.looked(haltedBecause: nil) == .connect)
        #expect(machine.leaseTaken(RelayCondition()) == .openProducer)
    }

    @Test func aHaltIsWrittenDownThenWaitedFor() throws {
        var machine = running()
        _ = machine.fetched(try Rows.batch([Rows.change(1)]))
        _ = machine.recorded()
        #expect(machine.refused("too large") == .halt(RelayHalt(.refusal, "too large")))
        #expect(machine.halted() == .awaitResume("too large"))
        // The ledger may go away meanwhile; then it begins again, and finds the halt there.
        #expect(machine.ledgerFailed() == .backOff(attempt: 1, everything: true))
        #expect(machine.backedOff() == .connect)
        let condition = RelayCondition(haltedBecause: "too large")
        #expect(machine.leaseTaken(condition) == .awaitResume("too large"))
        machine.stopRequestCame()
        #expect(machine.looked(haltedBecause: "too large") == .end)
        #expect(machine.isEnded)
    }

    /// The opening may outlast the lease, and another relay publish meanwhile: what was read before
    /// it would make that a contradiction.
    @Test func whatCountsIsTheLedgerBehindTheOpening() {
        var machine = RelayMachine()
        _ = machine.started()
        #expect(machine.leaseTaken(RelayCondition()) == .openProducer)
        let marks = [Rows.changes: Int64(3)]
        #expect(machine.producerOpened(RelayCondition(marks: marks)) == .examine(nil))
        let tails = Rows.tails(changes: [.change(plan: "p", sequence: 3)])
        #expect(
            machine.examined(expected: nil, tails: tails, outputs: Rows.outputs)
                == .fetch(marks: marks))

        machine = RelayMachine()
        _ = machine.started()
        _ = machine.leaseTaken(RelayCondition())
        #expect(machine.producerOpened(RelayCondition(haltedBecause: "so")) == .awaitResume("so"))
    }

    @Test func trustedMarksAreWrittenDownFirst() {
        var machine = RelayMachine()
        _ = machine.started()
        let condition = RelayCondition(marksAreTrusted: true, marks: [Rows.changes: 9])
        _ = machine.leaseTaken(condition)
        _ = machine.producerOpened(condition)
        #expect(
            machine.examined(expected: nil, tails: Rows.tails(high: 0), outputs: Rows.outputs)
                == .settle(marks: [:]))
        #expect(machine.settled() == .fetch(marks: [Rows.changes: 9]))
    }

    @Test func stopping() throws {
        var machine = RelayMachine()
        _ = machine.started()
        machine.stopRequestCame()
        #expect(machine.leaseTaken(RelayCondition()) == .end)

        machine = running()
        _ = machine.fetched(nil)
        machine.stopRequestCame()
        #expect(machine.woken() == .end)

        // What was published is marked first.
        machine = running()
        _ = machine.fetched(try Rows.batch([Rows.change(1)]))
        _ = machine.recorded()
        machine.stopRequestCame()
        #expect(machine.published([:]) == .settle(marks: [Rows.changes: 1]))
        #expect(machine.settled() == .end)

        // A failure is not waited for.
        machine = running()
        machine.stopRequestCame()
        #expect(machine.ledgerFailed() == .end)
    }
}
