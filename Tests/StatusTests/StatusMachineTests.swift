import Contracts
import Status
import Testing

@Suite struct StatusMachineTests {
    /// What one evaluation of a trace did. Hours are plan time since the start.
    private struct Step {
        var hour: Int
        var verdict: Verdict
        var change: TargetStatus?
    }

    private let start = midnight("2023-03-01")

    private func at(_ hour: Int) -> Instant { start.adding(.hours(hour)) }

    @discardableResult
    private func run(
        _ steps: [Step], from machine: StatusMachine = StatusMachine(),
        rule: RuleContract = .example()
    ) -> StatusMachine {
        var machine = machine
        for step in steps {
            let before = machine.status
            let change = machine.judged(step.verdict, at: at(step.hour), rule: rule)
            let expected = step.change.map { StatusMachine.Change(from: before, to: $0) }
            #expect(change == expected, "hour \(step.hour)")
        }
        return machine
    }

    @Test func allSevenStatuses() {
        run([
            Step(hour: 0, verdict: .pending, change: .pending),
            Step(hour: 1, verdict: .noData, change: .noData),
            Step(hour: 2, verdict: .pace(1_000_000), change: .onTrack),
            Step(hour: 80, verdict: .pace(900_000), change: nil),
            Step(hour: 104, verdict: .pace(900_000), change: .atRisk),
            Step(hour: 200, verdict: .pace(800_000), change: nil),
            Step(hour: 224, verdict: .pace(800_000), change: .offTrack),
            Step(hour: 225, verdict: .achieved, change: .achieved),
            Step(hour: 226, verdict: .missed, change: .missed),
        ])
    }

    /// A first status, and one after pending or no_data, is what the plain thresholds say: at once
    /// on the way, and what is worse when it has been deserved for as long as any worsening; until
    /// then there is no data to judge by.
    @Test func entersWhatIsWorseAfterTheHold() {
        for before in [Verdict.pending, .noData, nil] {
            var machine = StatusMachine()
            if let before { _ = machine.judged(before, at: at(0), rule: .example()) }
            _ = machine.judged(.pace(100_000), at: at(1), rule: .example())
            #expect(machine.status == .noData)
            #expect(machine.candidate == .offTrack && machine.candidateSince == at(1))
            run(
                [
                    Step(hour: 24, verdict: .pace(900_000), change: nil),
                    Step(hour: 25, verdict: .pace(100_000), change: .atRisk),
                ], from: machine)
            run(
                [
                    Step(hour: 2, verdict: .pace(950_000), change: .onTrack),
                    Step(hour: 3, verdict: .pace(100_000), change: nil),
                ], from: machine)
            // A silence in between begins it anew.
            run(
                [
                    Step(hour: 2, verdict: .noData, change: nil),
                    Step(hour: 3, verdict: .pace(100_000), change: nil),
                    Step(hour: 25, verdict: .pace(100_000), change: nil),
                    Step(hour: 27, verdict: .pace(100_000), change: .offTrack),
                ], from: machine)
        }
    }

    /// Without a hold, and where it was achieved or missed and corrected, at once.
    @Test func entersAtOnce() {
        let free = RuleContract.example(hold: .zero)
        let rows: [(Verdict?, Int64, TargetStatus)] = [
            (nil, 950_000, .onTrack), (nil, 949_999, .atRisk), (nil, 850_000, .atRisk),
            (nil, 849_999, .offTrack),
            (.pending, 960_000, .onTrack), (.noData, 900_000, .atRisk),
            (.achieved, 100_000, .offTrack),
            (.missed, 990_000, .onTrack),
        ]
        for (before, pace, status) in rows {
            var machine = StatusMachine()
            if let before { _ = machine.judged(before, at: at(0), rule: .example()) }
            let isFact = before == .achieved || before == .missed
            let rule = isFact ? RuleContract.example() : free
            #expect(machine.judged(.pace(pace), at: at(1), rule: rule)?.to == status)
            #expect(machine.since == at(1))
        }
    }

    /// Enter and leave thresholds differ: 95 and 97 % for on_track, 85 and 87 % for off_track.
    @Test func hysteresis() {
        let free = RuleContract.example(hold: .zero, dwell: .zero)
        let rows: [(TargetStatus, Int64, TargetStatus?)] = [
            (.onTrack, 950_000, nil), (.onTrack, 949_999, .atRisk), (.onTrack, 849_999, .offTrack),
            (.atRisk, 969_999, nil), (.atRisk, 970_000, .onTrack), (.atRisk, 850_000, nil),
            (.atRisk, 849_999, .offTrack), (.offTrack, 869_999, nil), (.offTrack, 870_000, .atRisk),
            (.offTrack, 969_999, .atRisk), (.offTrack, 970_000, .onTrack),
        ]
        for (status, pace, change) in rows {
            var machine = StatusMachine(
                status: status, since: at(0), candidate: nil, candidateSince: nil)
            #expect(
                machine.judged(.pace(pace), at: at(1), rule: free)?.to == change,
                "\(status) \(pace)")
        }
    }

    @Test func worseIsHeld() {
        let machine = run([
            Step(hour: 0, verdict: .pace(1_000_000), change: .onTrack),
            Step(hour: 100, verdict: .pace(900_000), change: nil),
            Step(hour: 123, verdict: .pace(900_000), change: nil),
            // One good reading begins the hold anew.
            Step(hour: 123, verdict: .pace(950_000), change: nil),
            Step(hour: 124, verdict: .pace(900_000), change: nil),
            Step(hour: 147, verdict: .pace(900_000), change: nil),
        ])
        #expect(machine.candidate == .atRisk)
        #expect(machine.candidateSince == at(124))
        let taken = run([Step(hour: 148, verdict: .pace(900_000), change: .atRisk)], from: machine)
        #expect(
            taken
                == StatusMachine(
                    status: .atRisk, since: at(148), candidate: nil, candidateSince: nil))
    }

    @Test func everyPaceDrivenChangeDwells() {
        run([
            Step(hour: -30, verdict: .pace(900_000), change: .noData),
            Step(hour: 0, verdict: .pace(900_000), change: .atRisk),
            Step(hour: 1, verdict: .pace(1_000_000), change: nil),
            Step(hour: 71, verdict: .pace(1_000_000), change: nil),
            Step(hour: 72, verdict: .pace(1_000_000), change: .onTrack),
            // Held for a day, but three days have not passed since the last change.
            Step(hour: 80, verdict: .pace(800_000), change: nil),
            Step(hour: 143, verdict: .pace(800_000), change: nil),
            Step(hour: 144, verdict: .pace(800_000), change: .offTrack),
        ])
    }

    @Test func factsAreTakenAtOnce() {
        for (verdict, status) in [
            (Verdict.pending, TargetStatus.pending), (.noData, .noData), (.achieved, .achieved),
            (.missed, .missed),
        ] {
            run([
                Step(hour: 0, verdict: .pace(1_000_000), change: .onTrack),
                Step(hour: 1, verdict: .pace(100_000), change: nil),
                Step(hour: 2, verdict: verdict, change: status),
                Step(hour: 3, verdict: verdict, change: nil),
            ])
        }
    }

    /// The milder of two worse statuses has been deserved all the time: it is taken, and then the
    /// worse one waits its own turn.
    @Test func swingingBetweenTwoWorseStatusesKeepsTheTimer() {
        var machine = run([Step(hour: 0, verdict: .pace(1_000_000), change: .onTrack)])
        machine = run(
            (100..<124).map {
                Step(
                    hour: $0, verdict: .pace($0.isMultiple(of: 2) ? 800_000 : 900_000), change: nil)
            }, from: machine)
        #expect(machine.candidate == .atRisk)
        run([Step(hour: 124, verdict: .pace(800_000), change: .atRisk)], from: machine)
    }

    /// Values that swing around a threshold every hour for a year: never more than a change per
    /// dwell, and none where the swing stays inside the hysteresis or shorter than the hold.
    @Test func noFlapping() {
        let rows: [(low: Int64, high: Int64, changesMax: Int)] = [
            (949_000, 951_000, 1),
            (951_000, 969_000, 1),
            (849_000, 851_000, 2),
            (840_000, 990_000, 1),
        ]
        for (low, high, changesMax) in rows {
            var machine = StatusMachine()
            var changes = 0
            for hour in 0..<8_760 {
                let pace = hour.isMultiple(of: 2) ? high : low
                if machine.judged(.pace(pace), at: at(hour), rule: .example()) != nil {
                    changes += 1
                }
            }
            #expect(changes <= changesMax, "\(low) \(high)")
        }
    }

    /// Whatever is persisted is all there is: a machine rebuilt before every step decides the same.
    @Test func restartInTheMiddleIsNoEvent() {
        var random = SplitMix(state: 0x5EED)
        for _ in 0..<200 {
            var lived = StatusMachine()
            var restarted = StatusMachine()
            for hour in stride(from: 0, to: 1_000, by: 5) {
                let verdict = random.verdict()
                let change = lived.judged(verdict, at: at(hour), rule: .example())
                if let status = restarted.status, let since = restarted.since {
                    restarted = StatusMachine(
                        status: status, since: since, candidate: restarted.candidate,
                        candidateSince: restarted.candidateSince)
                }
                #expect(restarted.judged(verdict, at: at(hour), rule: .example()) == change)
                #expect(restarted == lived)
            }
        }
    }

    /// Evaluations that move nothing may be left out: the rest decides the same.
    @Test func evaluationsThatMoveNothingMayBeLeftOut() {
        var random = SplitMix(state: 0xFEED)
        for _ in 0..<200 {
            var every = StatusMachine()
            var moved: [(Verdict, Instant)] = []
            for hour in 0..<500 {
                let verdict = random.verdict()
                let before = every
                _ = every.judged(verdict, at: at(hour), rule: .example())
                if every != before { moved.append((verdict, at(hour))) }
            }
            var sparse = StatusMachine()
            for (verdict, instant) in moved {
                _ = sparse.judged(verdict, at: instant, rule: .example())
            }
            #expect(sparse == every)
        }
    }

    /// The date alone makes it at risk, at once from no data, as any worsening from on track; its
    /// pace may make it worse.
    @Test func nearing() {
        run([
            Step(hour: 0, verdict: .noData, change: .noData),
            Step(hour: 1, verdict: .nearing(nil), change: .atRisk),
            Step(hour: 2, verdict: .nearing(nil), change: nil),
            Step(hour: 200, verdict: .nearing(2_000_000), change: nil),
            Step(hour: 201, verdict: .nearing(100_000), change: nil),
            Step(hour: 225, verdict: .nearing(100_000), change: .offTrack),
            Step(hour: 300, verdict: .nearing(2_000_000), change: .atRisk),
            Step(hour: 301, verdict: .achieved, change: .achieved),
        ])
        run([
            Step(hour: 0, verdict: .pace(1_000_000), change: .onTrack),
            Step(hour: 100, verdict: .nearing(1_000_000), change: nil),
            Step(hour: 124, verdict: .nearing(nil), change: .atRisk),
            Step(hour: 125, verdict: .missed, change: .missed),
        ])
    }

    /// An edit changes the thresholds, not the clocks: the hold that had begun goes on.
    @Test func planEditKeepsTimers() {
        var stricter = RuleContract.example()
        stricter.atRiskBelow = 960_000
        let machine = run([
            Step(hour: 0, verdict: .pace(1_000_000), change: .onTrack),
            Step(hour: 100, verdict: .pace(900_000), change: nil),
        ])
        run(
            [
                Step(hour: 110, verdict: .pace(955_000), change: nil),
                Step(hour: 124, verdict: .pace(955_000), change: .atRisk),
            ], from: machine, rule: stricter)
    }

    @Test func causesInOrder() {
        let rows: [(ChangeCause.Evidence, ChangeCause)] = [
            ([.plan, .replay, .correction, .late, .live], .plan),
            ([.replay, .correction, .late, .live], .replay),
            ([.correction, .late, .live], .correction),
            ([.late, .live], .live),
            ([.late], .late),
            ([.live], .live),
            ([], .clock),
        ]
        for (evidence, cause) in rows { #expect(ChangeCause(evidence) == cause) }
        #expect(
            ChangeCause.allCases.map(\.rawValue) == [
                "live", "late", "correction", "replay", "plan", "clock",
            ])
    }
}

private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func verdict() -> Verdict {
        switch next() % 40 {
        case 0: .noData
        case 1: .achieved
        default: .pace(780_000 + Int64(next() % 250_000))
        }
    }
}
