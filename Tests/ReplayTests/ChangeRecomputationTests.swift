import Aggregates
import Contracts
import Ledger
import Replay
import Status
import Testing

@Suite struct ChangeRecomputationTests {
    @Test func figuresAndStatusesFollowFromTheLog() {
        var log = HandmadeLog()
        log.event(at("2023-01-01", 9), 10)
        log.round(at("2023-01-02"))
        // Another place counts for nobody here.
        log.event(at("2023-01-02", 9), 500, division: 410_102)
        log.event(at("2023-01-02", 10), 8)
        log.round(at("2023-01-03"))
        #expect(log.changes() == ["1 - on_track live 10", "2 on_track at_risk live 18"])
    }

    @Test func whatLiesAheadIsNotSeen() {
        var log = HandmadeLog()
        log.event(at("2023-01-01", 9), 10)
        log.event(at("2023-01-02", 9), 5)
        log.round(at("2023-01-02"))
        log.round(at("2023-01-03"))
        #expect(log.changes() == ["1 - on_track live 10", "2 on_track off_track live 15"])
    }

    @Test func onlyOffsetsBelowTheRoundsAreSeen() {
        var log = HandmadeLog()
        log.event(at("2023-01-01", 9), 10)
        log.event(at("2023-01-01", 10), 90)
        log.round(at("2023-01-02"), upTo: 1)
        log.round(at("2023-01-02"), upTo: 2)
        let steps = log.run()
        #expect(steps.changes.map(\.assessment.value) == [10])
        #expect(steps.last?.assessment.value == 100)
        #expect(steps.last.map { ChangeCause($0.evidence) } == .late)
    }

    @Test func causesSayWhatCame() {
        var log = HandmadeLog()
        log.event(at("2023-01-01", 9), 10)
        log.event(at("2023-01-01", 12), 90)
        log.round(at("2023-01-02"))
        // Time alone, late, taken back, and all at once.
        log.round(at("2023-01-15"))
        log.event(at("2023-01-02", 3), 100)
        log.round(at("2023-01-15"))
        log.event(at("2023-01-01", 12), -90)
        log.event(at("2023-01-15", 1), 1)
        log.round(at("2023-01-15", 2))
        #expect(
            log.changes() == [
                "1 - on_track live 100", "2 on_track off_track clock 100",
                "3 off_track on_track late 200", "4 on_track off_track correction 111",
            ])
        let last = log.run().last
        #expect(last?.news.map(\.wasOver) == [true, false])
        #expect(last?.news.map { $0.sum?.value } == [-90, 1])
    }

    @Test func timersAreThoseOfTheMachine() {
        var log = HandmadeLog()
        log.target = .visitors(hold: .days(1), dwell: .days(3))
        log.event(at("2023-01-01", 9), 10)
        log.round(at("2023-01-02"))
        log.round(at("2023-01-03"))
        log.round(at("2023-01-04"))
        log.round(at("2023-01-05"))
        let steps = log.run()
        #expect(log.changes() == ["1 - on_track live 10", "4 on_track off_track clock 10"])
        let change = steps.changes.last
        #expect(change?.before.since == at("2023-01-02"))
        #expect(change?.before.candidate == .offTrack)
        #expect(change?.before.candidateSince == at("2023-01-03"))
    }

    @Test func anEditIsACauseWhereNothingCame() {
        var log = HandmadeLog()
        log.event(at("2023-01-01", 9), 10)
        log.round(at("2023-01-02"))
        log.round(at("2023-01-02"), revision: 2)
        log.editions = [
            log.edition(since: 0, .visitors()),
            log.edition(since: 2, .visitors(value: 7_300), revision: 2),
        ]
        #expect(log.changes() == ["1 - on_track live 10", "2 on_track off_track plan 10"])
    }

    @Test func aTargetThatWasTakenOutBeginsAnew() {
        var log = HandmadeLog()
        log.event(at("2023-01-01", 9), 10)
        log.round(at("2023-01-02"))
        log.round(at("2023-01-03"))
        log.round(at("2023-01-04"))
        log.editions = [
            log.edition(since: 0, .visitors()), log.edition(since: 2, nil),
            log.edition(since: 3, .visitors()),
        ]
        #expect(log.changes() == ["1 - on_track live 10", "3 - off_track plan 10"])
    }

    @Test func anotherGenerationIsReadFromTheStart() {
        var log = HandmadeLog()
        log.event(at("2023-01-01", 9), 10)
        log.event(at("2023-01-01", 10), -4)
        log.round(at("2023-01-02"), upTo: 1)
        log.round(at("2023-01-02"), generation: 2)
        #expect(log.changes() == ["1 - on_track live 10", "2 on_track off_track replay 6"])
    }

    @Test func whatWasThereAtTheStartIsNoEvidence() {
        var log = HandmadeLog()
        log.event(at("2023-01-01", 9), 10)
        log.event(at("2023-01-01", 10), -1)
        var start = Judgement.Positions()
        start.append(topicPartition: 7, generation: 1, offset: 2)
        log.starts = ["tourism.arrivals": start]
        log.round(at("2023-01-02"))
        #expect(log.changes() == ["1 - at_risk clock 9"])
    }

    @Test func readingsCountFromTheirPublication() {
        var log = HandmadeLog()
        log.target = .growth()
        log.reading(7_500_000, "2023-Q1", published: at("2023-04-18", 10))
        log.round(at("2023-04-18"))
        log.round(at("2023-04-19"))
        log.reading(6_000_000, "2023-Q1", published: at("2023-05-02", 10), revision: 1)
        log.round(at("2023-05-03"))
        #expect(
            log.changes() == [
                "1 - no_data clock -", "2 no_data on_track live 7.5",
                "3 on_track at_risk correction 6",
            ])
        #expect(log.run().last?.news.flatMap(\.readings).map(\.revision) == [1])
    }
}

@Suite struct ChangeComparisonTests {
    private func differences(_ left: String, _ right: String) -> [String] {
        ChangeComparison.differences(recorded: left, recomputed: right).map {
            "\($0.member): \($0.recorded ?? "none") \($0.recomputed ?? "none")"
        }
    }

    @Test func membersAreNamedByTheirPath() {
        let left =
            #"{"to":"at_risk","value":"12","rule":{"hold":"P1D"},"positions":[{"offset":5}]}"#
        let right =
            #"{"to":"on_track","value":"13","rule":{"hold":"P2D"},"positions":[{"offset":6}]}"#
        #expect(differences(left, left) == [])
        #expect(
            differences(left, right) == [
                "to: at_risk on_track", "value: 12 13", "rule.hold: P1D P2D",
                "positions[0].offset: 5 6",
            ])
    }

    @Test func whatIsMissingOrNullIsTold() {
        #expect(
            differences(#"{"value":null,"x":1}"#, #"{"value":"1"}"#) == [
                "value: null 1", "x: 1 none",
            ])
    }

    @Test func otherBytesAreADifferenceToo() {
        #expect(differences(#"{"a": 1}"#, #"{"a":1}"#).count == 1)
        #expect(differences("no json", #"{"to":"at_risk"}"#) == ["to: none at_risk"])
    }
}

@Suite struct ChangeNameTests {
    @Test(arguments: [
        ("luoyang-2023/42", nil, ChangeLookup.Name.sequence(42, plan: "luoyang-2023")),
        ("42", nil, .sequence(42, plan: nil)),
        ("42", "school", .sequence(42, plan: "school")),
        ("tourism.visitors", "school", .target("tourism.visitors", plan: "school")),
        ("p/tourism.visitors", nil, .target("tourism.visitors", plan: "p")),
        ("99999999999999999999", nil, .target("99999999999999999999", plan: nil)),
    ])
    func names(text: String, plan: String?, name: ChangeLookup.Name) {
        #expect(ChangeLookup.Name(text, plan: plan) == name)
    }
}
