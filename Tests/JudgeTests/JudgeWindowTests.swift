import Aggregates
import Contracts
import Judge
import Ledger
import Status
import Testing

/// What lies outside of a window: the time before it, the year before it, and another zone's hours.
@Suite struct JudgeWindowTests {
    private func machine(
        _ targets: [TargetContract], zone: Zone = shanghai,
        _ restored: JudgeMachine.Restored = .init(), edit: (inout JudgeSettings) -> Void = { _ in }
    ) -> JudgeMachine {
        var settings = JudgeSettings.example()
        edit(&settings)
        return JudgeMachine(
            plan: .example(targets, zone: zone), streams: [.tourism, .measurements],
            restored: restored, settings: settings)
    }

    private func summary(_ judgements: [Judgement]) -> [String] {
        judgements.flatMap(\.changes).map(\.change).map {
            "\($0.target.id) \($0.change.to.rawValue) \($0.cause.rawValue) "
                + "\($0.assessment.asOf.rfc3339) \($0.assessment.value.map(String.init) ?? "-")"
        }
    }

    /// The year before a plan begins costs one evaluation, and the first day is judged by the clock.
    @Test func theTimeBeforeTheFirstWindowIsJudgedOnce() {
        var judge = machine([.visitors()])
        var ledger = ModelLedger()
        var judgements: [Judgement] = []
        for date in 0..<364 {
            let hour = at("2022-01-01").adding(.hours(date * 24 + 9))
            ledger.append(.init(partition: date % 2, hour: hour, visitors: 1))
            for index in 0..<2 { ledger.partitions[index].watermark = hour.adding(.hours(1)) }
            judgements += judge.pass(&ledger)
        }
        #expect(judgements.flatMap(\.rounds).count == 1)
        #expect(
            summary(judgements) == ["tourism.visitors pending clock 2021-12-31T16:00:00Z -"])
        ledger.append(.init(partition: 0, hour: at("2023-01-01", 9), visitors: 11))
        for index in 0..<2 { ledger.partitions[index].watermark = at("2023-01-01", 11) }
        #expect(
            summary(judge.pass(&ledger)) == [
                "tourism.visitors no_data clock 2022-12-31T16:00:00Z -",
                "tourism.visitors on_track live 2023-01-01T02:00:00Z 11",
            ])
    }

    /// Touches that nothing waits for do not pile up: a round says that they were seen.
    @Test func manyTouchesBeforeTheFirstWindowAreLetGo() {
        var judge = machine([.visitors()]) { $0.touchRowsMax = 10 }
        var ledger = ModelLedger()
        var rounds = 0
        for hour in 0..<300 {
            ledger.append(.init(partition: 0, hour: at("2022-03-01", hour), visitors: 1))
            ledger.partitions[0].watermark = at("2022-03-01", hour + 1)
            ledger.partitions[1].watermark = at("2022-03-01", hour + 1)
            rounds += judge.pass(&ledger).flatMap(\.rounds).count
        }
        #expect((5...40).contains(rounds))
    }

    /// The same span a year before, hour by hour; what comes late there counts as well.
    @Test func growthAgainstTheYearBefore() {
        let half = [
            ModelLedger.Event(partition: 0, hour: at("2022-01-01", 9), visitors: 300),
            ModelLedger.Event(partition: 0, hour: at("2022-01-01", 12), visitors: 100),
        ]
        for isRestarted in [false, true] {
            var restored = JudgeMachine.Restored()
            var judge = machine([.visitorGrowth()])
            var ledger = ModelLedger()
            func pass(_ watermark: Instant) -> [String] {
                for index in 0..<2 { ledger.partitions[index].watermark = watermark }
                let judgements = judge.pass(&ledger)
                restored.add(judgements)
                if isRestarted {
                    restored.add(judge.close())
                    judge = machine([.visitorGrowth()], restored)
                    ledger.rewind()
                }
                return summary(judgements)
            }
            ledger.append(.init(partition: 0, hour: at("2023-01-01", 8), visitors: 330))
            #expect(
                pass(at("2023-01-01", 9)) == [
                    "tourism.growth no_data clock 2022-12-31T16:00:00Z -"
                ])
            for event in half { ledger.append(event) }
            ledger.append(.init(partition: 1, hour: at("2023-01-01", 9), visitors: 3))
            #expect(
                pass(at("2023-01-01", 10)) == [
                    "tourism.growth on_track live 2023-01-01T02:00:00Z 11000000"
                ])
            // By noon a hundred more had come the year before.
            ledger.append(.init(partition: 1, hour: at("2023-01-01", 12), visitors: 7))
            #expect(
                pass(at("2023-01-01", 13)) == [
                    "tourism.growth off_track live 2023-01-01T05:00:00Z -15000000"
                ])
            ledger.append(
                .init(partition: 1, hour: at("2022-01-01", 9), visitors: 150, isTakeBack: true))
            #expect(
                pass(at("2023-01-01", 14)) == [
                    "tourism.growth on_track correction 2023-01-01T06:00:00Z 36000000"
                ])
        }
    }

    /// Hours at the edges of a plan of another zone than the stream's: none too many, none missing,
    /// also when the days before the split are read as sums.
    @Test func anotherZonesHoursAreExact() {
        let start = newYork.start(of: day("2023-03-10"))
        let target = TargetContract.visitors(
            value: 1_000_000, windowStart: "2023-03-10", deadline: "2023-11-05")
        let end = newYork.start(of: day("2023-11-06"))
        var ledger = ModelLedger()
        var expected: Int128 = 0
        // An event an hour around both edges and both changes of the clocks, each told by its value.
        for (index, edge) in [start, end, start.adding(.hours(60))].enumerated() {
            for hour in -30..<30 {
                let at = edge.adding(.hours(hour))
                let visitors = Int64(1 + (index * 100 + hour + 30))
                ledger.append(.init(partition: 0, hour: at, visitors: visitors))
                if at >= start && at < end { expected += Int128(visitors) }
            }
        }
        for index in 0..<2 { ledger.partitions[index].watermark = end.adding(.hours(40)) }
        var judge = machine([target], zone: newYork)
        let lived = judge.pass(&ledger)
        #expect(lived.flatMap(\.changes).last?.change.assessment.value == expected)
        #expect(lived.flatMap(\.changes).last?.change.change.to == .missed)
        // Restarted days later: the windows' edges lie in days that are read as sums.
        var restored = JudgeMachine.Restored()
        restored.add(lived)
        restored.add(judge.close())
        restored.edited = [target.id]
        var easier = target
        easier.value = Int64(expected)
        judge = machine([easier], zone: newYork, restored)
        ledger.rewind()
        #expect(
            summary(judge.pass(&ledger)).last?.hasPrefix("tourism.visitors achieved plan") == true)
        easier.value += 1
        judge = machine([easier], zone: newYork, restored)
        ledger.rewind()
        #expect(judge.pass(&ledger).flatMap(\.changes).isEmpty)
    }

    /// Sums beyond anything a city counts saturate; nothing traps.
    @Test func hostileSumsDoNotTrap() {
        let counted = CountedHours(.visitorGrowth(), zone: shanghai)
        for own in [Int128.min, -1, 0, 1, .max] {
            for base in [Int128.min, -1, 0, 1, .max] {
                for asOf in [at("2023-06-01"), at("2030-01-01"), at("2000-01-01")] {
                    let value = counted.value(asOf: asOf) { from, _ in
                        (from == counted.start ? own : base, nil)
                    }
                    #expect(base > 0 || value == nil)
                }
            }
        }
    }
}
