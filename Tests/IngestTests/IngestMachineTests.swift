import Ingest
import Ledger
import Testing

/// A machine with two running lanes.
func runningMachine() -> IngestMachine {
    var machine = IngestMachine(partitions: 2)
    for lane in 0..<2 { #expect(machine.claimed(lane, position()) == NextOffset(0)) }
    return machine
}

@Suite struct IngestMachineTests {
    let idle = IngestMachine.Action.poll(wait: .seconds(1))

    @Test func quietIsLowLatency() {
        var machine = runningMachine()
        #expect(machine.next(age: nil, bytes: 0, behind: 0) == idle)
        machine.taken(0, offset: 0, isDeadLetter: false)
        #expect(machine.next(age: .zero, bytes: 100, behind: 3) == .closeBatch)
        machine.batchClosed()
        #expect(machine.recordArrived(0, offset: 0) == .discard)
        #expect(machine.deliveredAgain == 1)
        #expect(machine.next(age: nil, bytes: 0, behind: 0) == idle)
        // The next batch fills while this one commits.
        machine.taken(1, offset: 0, isDeadLetter: false)
        #expect(machine.next(age: .zero, bytes: 100, behind: 0) == idle)
        machine.batchCommitted()
        #expect(machine.next(age: .zero, bytes: 100, behind: 0) == .closeBatch)
    }

    @Test func farBehindABatchIsWorthItsCommit() {
        var machine = runningMachine()
        machine.taken(0, offset: 0, isDeadLetter: false)
        #expect(
            machine.next(age: .milliseconds(100), bytes: 1, behind: 1_000_000)
                == .poll(wait: .milliseconds(900)))
        #expect(machine.next(age: .seconds(1), bytes: 1, behind: 1_000_000) == .closeBatch)
        #expect(machine.next(age: .zero, bytes: 96 << 20, behind: 1_000_000) == .closeBatch)
    }

    @Test func aFullBatchWaitsForTheCommitter() {
        var machine = runningMachine()
        machine.taken(0, offset: 0, isDeadLetter: false)
        machine.batchClosed()
        machine.taken(0, offset: 1, isDeadLetter: false)
        #expect(machine.next(age: .zero, bytes: 96 << 20, behind: 0) == .awaitCommit)
        machine.batchCommitted()
        #expect(machine.next(age: .zero, bytes: 96 << 20, behind: 0) == .closeBatch)
        machine.batchClosed()
        #expect(machine.next(age: nil, bytes: 0, behind: 0) == idle)
    }

    @Test func aFailedCommitBeginsAnew() {
        var machine = runningMachine()
        machine.taken(0, offset: 0, isDeadLetter: false)
        machine.batchClosed()
        machine.taken(0, offset: 1, isDeadLetter: false)
        machine.batchFailed("fenced")
        #expect(machine.next(age: .zero, bytes: 1, behind: 0) == .restart(reason: "fenced"))
    }

    @Test func revocationDropsTheOpenBatch() {
        var machine = runningMachine()
        machine.taken(0, offset: 0, isDeadLetter: false)
        machine.revoked()
        #expect(machine.next(age: .zero, bytes: 1, behind: 0) == idle)
        #expect(machine.recordArrived(0, offset: 1) == .discard)
        #expect(machine.claimed(0, position(next: 0)) == NextOffset(0))
        #expect(machine.recordArrived(0, offset: 0) == .take)
    }

    @Test func aHaltIsWrittenAfterWhatWasTaken() {
        var machine = runningMachine()
        machine.taken(0, offset: 0, isDeadLetter: false)
        machine.halted(0, .haltedCorrupt, "bad checksum at offset 1")
        #expect(machine.next(age: .zero, bytes: 1, behind: 0) == .closeBatch)
        machine.batchClosed()
        #expect(machine.next(age: nil, bytes: 0, behind: 0) == idle)
        machine.batchCommitted()
        // Although the other lane has news.
        machine.taken(1, offset: 0, isDeadLetter: false)
        #expect(machine.next(age: nil, bytes: 0, behind: 0) == .recordHalt(lane: 0))
        #expect(!machine.hasRecordedHalt)
        machine.haltRecorded(0)
        #expect(machine.hasRecordedHalt)
        #expect(machine.next(age: nil, bytes: 0, behind: 0) == .closeBatch)
        #expect(machine.recordArrived(1, offset: 1) == .take)
    }

    @Test func anUnknownPartitionIsTakenWhenItIsClaimed() {
        var machine = runningMachine()
        #expect(machine.recordArrived(5, offset: 0) == .discard)
        #expect(machine.claimed(5, position(next: 0)) == NextOffset(0))
        #expect(machine.recordArrived(5, offset: 0) == .take)
    }
}
