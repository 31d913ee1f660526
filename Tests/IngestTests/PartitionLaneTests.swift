import Ingest
import Ledger
import Testing

let lastRecord = RecordMark(offset: 10, timestampMilliseconds: 0, hash: 99)

func position(
    next: Int64 = 0, last: RecordMark? = nil, atEnd: Bool = false,
    halt: PartitionLane.Halt? = nil
) -> LanePosition {
    LanePosition(
        topicPartition: 7, generation: 1, term: 3, nextOffset: NextOffset(next), lastApplied: last,
        atEnd: atEnd, halt: halt)
}

/// A lane that runs from `next`.
func runningLane(next: Int64) -> PartitionLane {
    var lane = PartitionLane()
    let start = lane.claimed(position(next: next))
    #expect(start == NextOffset(next))
    return lane
}

@Suite struct PartitionLaneTests {
    @Test func aNewPartitionIsReadFromItsPosition() {
        var lane = runningLane(next: 5)
        #expect(lane.state == .running)
        #expect(lane.recordArrived(offset: 4) == .discard)
        #expect(lane.deliveredAgain == 1)
        #expect(lane.recordArrived(offset: 5) == .take)
        lane.taken(offset: 5, isDeadLetter: false)
        #expect(lane.nextOffset == NextOffset(6))
        // Offsets may have gaps: control records and aborted records are not delivered.
        #expect(lane.recordArrived(offset: 9) == .take)
    }

    @Test func theLastAppliedRecordIsReadAgainFirst() {
        var lane = PartitionLane()
        #expect(lane.claimed(position(next: 12, last: lastRecord)) == NextOffset(10))
        #expect(lane.recordArrived(offset: 10) == .compare)
        lane.verified(hash: 99)
        #expect(lane.state == .running)
        // What lies between the last record and the position were control records.
        #expect(lane.recordArrived(offset: 11) == .discard)
        #expect(lane.recordArrived(offset: 12) == .take)
    }

    @Test(arguments: ["other record", "record gone", "ends before"])
    func aRecreatedTopicHalts(_ how: String) {
        var lane = PartitionLane()
        _ = lane.claimed(position(next: 12, last: lastRecord))
        switch how {
        case "other record":
            #expect(lane.recordArrived(offset: 10) == .compare)
            lane.verified(hash: 98)
        case "record gone":
            #expect(lane.recordArrived(offset: 11) == .discard)
        default:
            lane.endReached(offset: 10)
        }
        guard case .halted(let halt) = lane.state else {
            Issue.record("not halted")
            return
        }
        #expect(halt.state == .haltedDiverged)
        #expect(lane.hasUnrecordedHalt)
        #expect(lane.recordArrived(offset: 12) == .discard)
    }

    @Test func aHaltOfTheLedgerHolds() {
        var lane = PartitionLane()
        let halt = PartitionLane.Halt(.haltedCorrupt, detail: "")
        #expect(lane.claimed(position(halt: halt)) == nil)
        #expect(lane.state == .halted(halt))
        #expect(!lane.hasUnrecordedHalt)
        #expect(!lane.hasNews)
    }

    @Test func theEndPassesControlRecordsAndIsNewsOnce() {
        var lane = runningLane(next: 5)
        #expect(!lane.hasNews)
        lane.endReached(offset: 7)
        #expect(lane.nextOffset == NextOffset(7))
        #expect(lane.hasNews)
        lane.batchClosed()
        #expect(!lane.hasNews)
        lane.endReached(offset: 7)
        #expect(!lane.hasNews)
        lane.taken(offset: 7, isDeadLetter: false)
        #expect(!lane.atEnd)
        #expect(lane.hasNews)
    }

    @Test func halfDeadLettersHaltButWhatWasTakenCounts() {
        var lane = runningLane(next: 0)
        for offset in 0..<Int64(498) { lane.taken(offset: offset, isDeadLetter: offset % 10 != 9) }
        #expect(lane.state == .running)
        for offset in Int64(498)..<700 where lane.isActive { lane.taken(offset: offset, isDeadLetter: true) }
        guard case .halted(let halt) = lane.state else {
            Issue.record("not halted")
            return
        }
        #expect(halt.state == .haltedDeadLetters)
        #expect(lane.hasNews)
        lane.batchClosed()
        #expect(!lane.hasNews)
        #expect(lane.hasUnrecordedHalt)
        lane.haltRecorded()
        #expect(!lane.hasUnrecordedHalt)
    }

    @Test func aTenthOfDeadLettersNeverHalts() {
        var lane = runningLane(next: 0)
        for offset in 0..<Int64(20_000) { lane.taken(offset: offset, isDeadLetter: offset % 10 == 0) }
        #expect(lane.state == .running)
    }

    @Test func aLostLaneTakesNothing() {
        var lane = runningLane(next: 0)
        lane.taken(offset: 0, isDeadLetter: false)
        lane.lost()
        #expect(lane.recordArrived(offset: 1) == .discard)
        #expect(!lane.hasNews)
    }
}
