import Contracts
import Status
import Testing

@Suite struct YardstickTests {
    /// Pace in millionths, towards zero: 1 + margin / |expected|, or / slack where nothing is
    /// expected.
    @Test func paceOfEachBound() {
        typealias Row = (TargetContract, value: Int128, expected: Int128, pace: Int64)
        let atLeast = TargetContract.example(value: 1_000, slack: 10)
        let atMost = TargetContract.example(bound: .atMost, value: 1_000, slack: 10)
        let about = TargetContract.example(bound: .about, value: 1_000, tolerance: 50, slack: 10)
        let range = TargetContract.example(bound: .range, value: 1_000, valueMax: 1_200, slack: 10)
        let rows: [Row] = [
            (atLeast, 43_120_455, 49_589_041, 869_556),
            (atLeast, 1_000, 1_000, 1_000_000),
            (atLeast, 0, 1_000, 0),
            (atLeast, -500, 1_000, -500_000),
            (atLeast, 0, 0, 1_000_000),
            (atLeast, 5, 0, 1_500_000),
            (atLeast, -5, 0, 500_000),
            (atLeast, 20, -10, 4_000_000),
            (atMost, 900, 1_000, 1_100_000),
            (atMost, 1_100, 1_000, 900_000),
            (atMost, 3, 0, 700_000),
            (about, 1_000, 1_000, 1_050_000),
            (about, 1_050, 1_000, 1_000_000),
            (about, 950, 1_000, 1_000_000),
            (about, 850, 1_000, 900_000),
            (range, 1_000, 1_000, 1_000_000),
            (range, 1_100, 1_000, 1_100_000),
            (range, 1_300, 1_000, 900_000),
            (range, 700, 1_000, 700_000),
            (atLeast, .max, 1, 1_000_000_000_000_000),
            (atLeast, .min, 1, -1_000_000_000_000_000),
            (atMost, .min, .max, 1_000_000),
            (about, .max, .min, 0),
        ]
        for (target, value, expected, pace) in rows {
            let yardstick = target.yardstick()
            #expect(
                yardstick.pace(of: value, expected: expected) == pace, "\(target.bound) \(value)")
        }
    }

    @Test func whetherAGoalIsMet() {
        let about = TargetContract.example(bound: .about, value: 1_000, tolerance: 50)
        let range = TargetContract.example(bound: .range, value: 1_000, valueMax: 1_200)
        let rows: [(TargetContract, Int128, Bool)] = [
            (.example(value: 1_000), 999, false),
            (.example(value: 1_000), 1_000, true),
            (.example(bound: .atMost, value: 0), 0, true),
            (.example(bound: .atMost, value: 0), 1, false),
            (about, 949, false),
            (about, 950, true),
            (about, 1_050, true),
            (about, 1_051, false),
            (range, 999, false),
            (range, 1_000, true),
            (range, 1_200, true),
            (range, 1_201, false),
        ]
        for (target, value, met) in rows { #expect(target.yardstick().isMet(value) == met) }
    }

    /// A reading with six decimals against a goal with two: neither is rounded before they are
    /// compared.
    @Test func comparesInTheFinerScale() {
        let atMost = TargetContract.example(kind: .level, bound: .atMost, value: 315, scale: 2)
        let yardstick = atMost.yardstick(sourceScale: 6)
        #expect(yardstick.scale == 6)
        #expect(yardstick.isMet(3_150_000))
        #expect(!yardstick.isMet(3_150_001))
        #expect(
            TargetContract.example(scale: 4).yardstick(sourceScale: 2).lift(7, fromScale: 2) == 700)
    }

    @Test func verdicts() {
        let total = TargetContract.example(rule: .example(staleAfter: .days(7), grace: .days(30)))
        let level = TargetContract.example(
            kind: .level, value: 1_000, trajectory: .constant, rule: .example(grace: .days(30)))
        let atMostTotal = TargetContract.example(bound: .atMost, value: 1_000)
        let milestone = TargetContract.example(
            kind: .milestone, value: 1, deadline: "2023-06-30",
            trajectory: .steps([.init(day: day("2023-06-30"), shareMillionths: 1_000_000)]))
        let half = midnight("2023-07-01")
        let end = midnight("2024-01-01")
        let justBefore = Instant(microseconds: end.microseconds - 1)
        typealias Row = (TargetContract, Int128?, Instant?, Instant, Verdict)
        let rows: [Row] = [
            (total, 5, nil, midnight("2022-12-31"), .pending),
            (total, nil, nil, midnight("2023-01-01"), .noData),
            (total, nil, nil, half, .noData),
            (total, 49_589_041, half, half, .pace(1_000_000)),
            (total, 49_589_041, midnight("2023-06-24"), half, .pace(1_000_000)),
            (total, 49_589_041, midnight("2023-06-23"), half, .noData),
            (total, 100_000_000, midnight("2023-01-02"), half, .achieved),
            (total, 99_999_999, justBefore, justBefore, .pace(1_000_000)),
            (total, 99_999_999, justBefore, end, .pace(999_999)),
            (total, 99_999_999, midnight("2023-12-01"), end, .noData),
            (total, nil, nil, end.adding(.days(30)), .missed),
            (total, 99_999_999, end, end.adding(.days(30)), .missed),
            (total, 100_000_000, end, end.adding(.days(30)), .achieved),
            (level, 1_000, half, half, .pace(1_000_000)),
            (level, 1_000, half, end, .achieved),
            (level, 900, half, end, .pace(900_000)),
            (level, 900, half, end.adding(.days(30)), .missed),
            (atMostTotal, 10, half, half, .pace(1_979_797)),
            (atMostTotal, 10, half, end, .achieved),
            (atMostTotal, 1_001, half, end, .missed),
            (milestone, 0, half, midnight("2023-06-30"), .pace(1_000_000)),
            (milestone, 1, half, midnight("2023-03-01"), .achieved),
            (milestone, 0, half, midnight("2023-07-01"), .missed),
        ]
        for (target, value, last, at, verdict) in rows {
            let assessment = target.yardstick().assess(value: value, lastInput: last, at: at)
            #expect(
                assessment.verdict == verdict,
                "\(target.kind) \(String(describing: value)) \(at.rfc3339)")
        }
    }

    /// From `warn_before` on the date alone makes a milestone at risk; before that silence is no
    /// data, and a count below the goal is judged by what is due.
    @Test func milestonesWarn() {
        let rule = RuleContract.example(staleAfter: .days(5), warnBefore: .days(30))
        func yardstick(_ kind: TargetContract.Kind) -> Yardstick {
            TargetContract.example(
                kind: kind, value: 2, deadline: "2023-06-30",
                trajectory: .steps([
                    .init(day: day("2023-05-31"), shareMillionths: 500_000),
                    .init(day: day("2023-06-30"), shareMillionths: 1_000_000),
                ]), rule: rule
            ).yardstick()
        }
        let warns = midnight("2023-06-01")
        let before = Instant(microseconds: warns.microseconds - 1)
        typealias Row = (Int128?, Instant, Verdict)
        let rows: [Row] = [
            (nil, before, .noData), (nil, warns, .nearing(nil)),
            (0, before, .pace(1_000_000)), (0, warns, .nearing(0)), (1, warns, .nearing(1_000_000)),
            (2, warns, .achieved),
            (nil, midnight("2023-07-01"), .missed), (1, midnight("2023-07-01"), .missed),
        ]
        for (value, at, verdict) in rows {
            let seen = yardstick(.milestone).assess(value: value, lastInput: at, at: at)
            #expect(seen.verdict == verdict, "\(String(describing: value)) \(at.rfc3339)")
        }
        #expect(
            yardstick(.milestone).assess(value: 1, lastInput: before, at: midnight("2023-06-20"))
                .verdict == .nearing(1_000_000))
        #expect(yardstick(.total).assess(value: nil, lastInput: nil, at: warns).verdict == .noData)
    }

    /// What a published figure cannot know is not held against it.
    @Test func publishedFiguresAreHeldAgainstTheEndOfTheirPeriod() {
        let total = TargetContract.example(value: 36_500).yardstick()
        let (march, june) = (midnight("2023-04-01"), midnight("2023-06-01"))
        let late = total.assess(value: 9_000, lastInput: june, coveredTo: march, at: june)
        #expect(late.expected == 9_000)
        #expect(late.verdict == .pace(1_000_000))
        #expect(late.projected == 36_500)
        // A year's figure that is out in June is held against June.
        let year = total.assess(
            value: 15_100, lastInput: june, coveredTo: midnight("2024-01-01"), at: june)
        #expect(year.expected == 15_100)
        // One of the year before: nothing was expected then.
        let old = TargetContract.example(
            kind: .level, value: 100, slack: 100,
            trajectory: .profile([.init(day: day("2023-12-31"), shareMillionths: 1_000_000)])
        ).yardstick().assess(
            value: 40, lastInput: march, coveredTo: midnight("2023-01-01"), at: june)
        #expect(old.expected == 0 && old.verdict == .pace(1_400_000) && old.projected == nil)
        // A milestone's date does not wait for a report.
        let milestone = TargetContract.example(kind: .milestone, value: 36_500).yardstick()
        #expect(
            milestone.assess(value: 0, lastInput: june, coveredTo: march, at: june).expected
                == 15_100)
        // The deadline passes by the clock, whatever the figure speaks of.
        let end = midnight("2024-01-01")
        #expect(
            total.assess(value: 9_000, lastInput: march, coveredTo: march, at: end).verdict
                == .missed)
        #expect(
            total.assess(value: 36_500, lastInput: march, coveredTo: march, at: june).verdict
                == .achieved)
    }

    @Test func projectionMethods() {
        let climbing = TrajectoryContract.profile([
            .init(day: day("2023-01-31"), shareMillionths: 910_000),
            .init(day: day("2023-12-31"), shareMillionths: 1_000_000),
        ])
        let due = TrajectoryContract.steps([
            .init(day: day("2023-12-31"), shareMillionths: 1_000_000)
        ])
        let rows: [(TargetContract.Kind, TrajectoryContract, ProjectionMethod)] = [
            (.total, .linear, .seasonalRunRate), (.total, climbing, .seasonalRunRate),
            (.total, due, .latestFigure), (.total, .constant, .latestFigure),
            (.level, climbing, .seasonalRunRate), (.delta, .linear, .seasonalRunRate),
            (.level, .constant, .latestFigure), (.growth, .linear, .latestFigure),
            (.milestone, due, .count), (.milestone, .linear, .count),
        ]
        for (kind, trajectory, method) in rows {
            #expect(
                TargetContract.example(kind: kind, trajectory: trajectory).projectionMethod
                    == method)
        }
        let level = TargetContract.example(kind: .level, value: 100, trajectory: climbing)
            .yardstick()
        let half = midnight("2023-02-01")
        #expect(level.assess(value: 91, lastInput: half, at: half).projected == 100)
        // A fiftieth of the goal, 7.3 days, is the least that says anything of the whole.
        let total = TargetContract.example().yardstick()
        for (iso, projected) in [("2023-01-08", nil), ("2023-01-09", Int128(18_250))] {
            let at = midnight(iso)
            #expect(total.assess(value: 400, lastInput: at, at: at).projected == projected)
        }
    }

    @Test func projections() {
        let total = TargetContract.example().yardstick()
        let half = midnight("2023-07-01")
        #expect(total.assess(value: 181, lastInput: half, at: half).projected == 365)
        #expect(
            total.assess(value: 181, lastInput: half, at: midnight("2023-01-01")).projected == nil)
        let level = TargetContract.example(kind: .level, trajectory: .constant).yardstick()
        #expect(level.assess(value: 181, lastInput: half, at: half).projected == 181)
        #expect(level.assess(value: nil, lastInput: nil, at: half).projected == nil)
        #expect(level.assess(value: 9, lastInput: half, at: midnight("2022-01-01")).value == nil)
    }

    /// Sums far beyond anything a city counts saturate; nothing traps.
    @Test func hugeFiguresDoNotTrap() {
        for bound in TargetContract.Bound.allCases {
            for goal in [Int64.min, -1, 0, 1, Int64.max] {
                let target = TargetContract.example(
                    bound: bound, value: goal, valueMax: .max, tolerance: .max, scale: 0)
                for value in [Int128.min, -1, 0, 1, Int128.max] {
                    for at in [
                        Instant(microseconds: .min), midnight("2023-05-05"),
                        Instant(microseconds: .max),
                    ] {
                        let yardstick = target.yardstick(sourceScale: 18)
                        let assessment = yardstick.assess(value: value, lastInput: at, at: at)
                        #expect(abs(assessment.pace ?? 0) <= 1_000_000_000_000_000)
                    }
                }
            }
        }
    }
}
