import Kafka
import Ledger
import Relay
import Testing

/// RELIABILITY F15, row by row.
@Suite struct RelayResumeTests {
    private func decide(
        marks: [RelayShard: Int64] = [:], trusted: Bool = false, intent: RelayIntent? = nil,
        expected: RelayBatch? = nil, tails: [RelayTail]
    ) -> RelayResume {
        RelayResume.decide(
            condition: RelayCondition(marksAreTrusted: trusted, marks: marks, intent: intent),
            expected: expected, outputs: Rows.outputs, tails: tails)
    }

    private func says(_ resume: RelayResume, _ words: String) -> Bool {
        if case .halt(let reason) = resume { reason.contains(words) } else { false }
    }

    @Test func withoutAnIntent() {
        let five: [RelayTrace] = [.change(plan: "p", sequence: 4), .change(plan: "p", sequence: 5)]
        let letter: [RelayTrace] = [.deadLetter(topic: "in", partition: 0, offset: 7)]
        let marked: [RelayShard: Int64] = [Rows.changes: 5]
        // A first start.
        #expect(decide(tails: Rows.tails(high: 0)) == .proceed)
        // The tail is the mark.
        #expect(decide(marks: marked, tails: Rows.tails(changes: five)) == .proceed)
        // The tail is beyond the mark.
        #expect(
            says(decide(marks: [Rows.changes: 4], tails: Rows.tails(changes: five)), "restored"))
        #expect(says(decide(tails: Rows.tails(changes: five)), "restored"))
        // The tail is before the mark.
        #expect(
            says(decide(marks: [Rows.changes: 6], tails: Rows.tails(changes: five)), "truncated"))
        // The topic is empty.
        #expect(says(decide(marks: marked, tails: Rows.tails(high: 0)), "made anew"))
        // Someone else writes.
        #expect(says(decide(marks: marked, tails: Rows.tails(changes: [.foreign])), "no relay"))
        #expect(says(decide(marks: marked, tails: Rows.tails(changes: five + letter)), "no relay"))
        // Another plan's records say nothing about this one.
        #expect(
            decide(
                marks: [Rows.changes: 5, .changes(plan: "q"): 1],
                tails: Rows.tails(changes: five)) == .proceed)
        // Dead letters are forgotten by their topic, but never run ahead of the marks.
        #expect(decide(marks: [Rows.letters: 7], tails: Rows.tails(dead: letter)) == .proceed)
        #expect(decide(marks: [Rows.letters: 9], tails: Rows.tails(high: 0)) == .proceed)
        #expect(
            says(decide(marks: [Rows.letters: 6], tails: Rows.tails(dead: letter)), "not marked"))
    }

    @Test func withAnIntent() throws {
        let before: [RelayTrace] = [.change(plan: "p", sequence: 2)]
        let marks: [RelayShard: Int64] = [Rows.changes: 2]
        let batch = try Rows.batch(
            [Rows.change(3), Rows.change(4)], [Rows.letter(7)], after: marks)
        let places = [Rows.statusPlace, Rows.changesPlace, Rows.deadPlace]
        var ends: [String: Int64] = [:]
        for place in places { ends["\(place)"] = 10 }
        let intent = RelayIntent(ranges: batch.ranges, ends: ends)
        func outcome(
            _ after: [TopicPartition: [UInt64]], high: Int64 = 20, low: Int64 = 0,
            expected: RelayBatch? = batch, marks: [RelayShard: Int64] = marks,
            trusted: Bool = false
        ) -> RelayResume {
            decide(
                marks: marks, trusted: trusted, intent: intent, expected: expected,
                tails: Rows.tails(changes: before, high: high, low: low, after: after))
        }
        let whole = batch.digests
        #expect(
            whole.mapValues(\.count) == [
                Rows.statusPlace: 1, Rows.changesPlace: 2, Rows.deadPlace: 1
            ])
        #expect(outcome(whole) == .markPublished)
        #expect(outcome([:]) == .sendAgain)
        // An aborted attempt moves the end and leaves nothing.
        #expect(outcome([:], high: 10) == .sendAgain)
        // Torn: a topic is missing, a record is missing, twice, in another order, or another one.
        for place in places {
            var torn = whole
            torn[place] = nil
            #expect(says(outcome(torn), "should hold"))
        }
        var changed = whole
        changed[Rows.changesPlace] = whole[Rows.changesPlace]?.reversed()
        #expect(says(outcome(changed), "other records"))
        changed[Rows.changesPlace] =
            (whole[Rows.changesPlace] ?? []) + (whole[Rows.changesPlace] ?? [])
        #expect(says(outcome(changed), "holds 4 records"))
        #expect(says(outcome([Rows.changesPlace: [1]]), "should hold"))
        // The log is shorter than it was, or its beginning has moved past the place.
        #expect(says(outcome(whole, high: 9), "truncated"))
        #expect(says(outcome(whole, low: 11), "deleted"))
        // The ledger lost rows, or its marks do not fit.
        #expect(says(outcome(whole, expected: nil), "restored"))
        let shorter = try Rows.batch([Rows.change(3)], after: marks)
        #expect(says(outcome(whole, expected: shorter), "restored"))
        #expect(says(outcome(whole, marks: [Rows.changes: 1]), "marked"))
        // An operator's word ends the matter.
        #expect(outcome([Rows.changesPlace: [1]], high: 3, trusted: true) == .proceed)
    }
}
