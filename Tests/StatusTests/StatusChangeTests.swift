import Contracts
import Status
import Testing

@Suite struct StatusChangeTests {
    private func change(_ target: TargetContract, _ edit: (inout StatusChange) -> Void = { _ in })
        -> StatusChange
    {
        let yardstick = target.yardstick()
        let asOf = instant("2023-06-30T16:00:00Z")
        var change = StatusChange(
            plan: "luoyang-2023", revision: 1, sequence: 42, previousSequence: 37,
            change: .init(from: .onTrack, to: .atRisk), cause: .live,
            watermark: instant("2023-06-30T15:58:12Z"),
            assessment: yardstick.assess(value: 43_120_455, lastInput: asOf, at: asOf),
            yardstick: yardstick,
            positions: [
                .init(topic: "tourism.arrivals.v1", partition: 0, offset: 812_345, generation: 1)
            ])
        edit(&change)
        return change
    }

    /// The example of CONTRACT.md. Pace has all the digits that were compared; the projection is
    /// value / share.
    @Test func exampleToTheByte() {
        #expect(
            change(.example()).json
                == #"{"plan":"luoyang-2023","revision":1,"target":"tourism.visitors","sequence":42,"#
                + #""from":"on_track","to":"at_risk","cause":"live","asOf":"2023-06-30T16:00:00Z","#
                + #""watermark":"2023-06-30T15:58:12Z","value":"43120455","expected":"49589041","#
                + #""pace":"0.869556","projected":"86955613","goal":{"bound":"at_least","value":"100000000","#
                + #""unit":"visits","deadline":"2023-12-31"},"rule":{"at_risk_below":"0.95","#
                + #""off_track_below":"0.85","recover_above":"0.97","hold":"P1D","dwell":"P3D"},"#
                + #""positions":[{"topic":"tourism.arrivals.v1","partition":0,"offset":812345,"#
                + #""generation":1}],"previousSequence":37}"#)
    }

    @Test func nullsWhereThereIsNothing() {
        let first = change(.example()) {
            $0.change = .init(from: nil, to: .noData)
            $0.previousSequence = nil
            $0.watermark = nil
            $0.assessment.value = nil
            $0.assessment.pace = nil
            $0.assessment.projected = nil
            $0.positions = []
        }
        for member in [
            #""from":null,"to":"no_data""#, #""watermark":null,"value":null,"expected":"49589041""#,
            #""pace":null,"projected":null"#, #""positions":[],"previousSequence":null}"#,
        ] { #expect(first.json.contains(member)) }
    }

    @Test func goalsOfRangesAndAbout() {
        let range = TargetContract.example(bound: .range, value: 255, valueMax: 300, scale: 1)
        #expect(
            change(range).json.contains(#"{"bound":"range","value":"25.5","value_max":"30","unit""#)
        )
        let about = TargetContract.example(bound: .about, value: 7, tolerance: 2)
        #expect(
            change(about).json.contains(#"{"bound":"about","value":"7","tolerance":"2","unit""#))
    }

    @Test func textIsEscaped() {
        let odd = change(.example()) { $0.plan = "a\"b\\c\u{1}\u{1F}\u{6D1B}" }
        #expect(odd.json.hasPrefix("{\"plan\":\"a\\\"b\\\\c\\u0001\\u001f\u{6D1B}\","))
    }
}
