import Contracts
import Judge
import Ledger
import Status
import Testing

@Suite struct JudgeEditInPlaceTests {
    /// An edit is judged by what was seen last, whatever came meanwhile: the edit alone moves what
    /// it moves.
    @Test func editsInPlace() {
        var judge = JudgeMachine(
            plan: .example(), streams: [.tourism, .measurements], restored: .init(),
            settings: .example())
        var ledger = ModelLedger()
        ledger.append(.init(partition: 0, hour: at("2023-01-01", 9), visitors: 30))
        ledger.partitions[0].watermark = at("2023-01-02", 12)
        _ = judge.pass(&ledger)
        _ = judge.close()
        func edited(_ plan: PlanContract) -> [String] {
            var other = judge
            other.scheduleEdit(plan)
            var judgements: [Judgement] = []
            while let judgement = other.judge() { judgements.append(judgement) }
            #expect(judgements.allSatisfy { $0.rounds.count == 1 })
            return judgements.flatMap(\.changes).map(\.change).map {
                "\($0.change.to.rawValue) \($0.cause.rawValue)"
            }
        }
        let harder = TargetContract.visitors(value: 36_500)
        #expect(edited(.example([harder])) == ["off_track plan"])
        #expect(edited(.example([.visitors(value: 3_651)])) == [])
        // Nothing is another; figures are lacking; another place counts.
        var longer = harder
        longer.deadline = day("2023-12-30")
        var elsewhere = PlanContract.example([harder])
        elsewhere.place = "41"
        for plan in [
            PlanContract.example(), .example([harder, .visitors(id: "tourism.added")]),
            .example([longer]), elsewhere,
        ] {
            var other = judge
            other.scheduleEdit(plan)
            #expect(other.scheduled.isEmpty)
        }
    }
}
