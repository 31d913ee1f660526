import Contracts
import Status
import Testing

@Suite struct TrajectoryTests {
    private func share(_ trajectory: TrajectoryContract, _ at: Instant) -> Int128 {
        let target = TargetContract.example(trajectory: trajectory)
        return Trajectory(target, zone: shanghai).share(at: at).of(1_000_000)
    }

    private let profile = TrajectoryContract.profile([
        .init(day: day("2023-01-10"), shareMillionths: 100_000),
        .init(day: day("2023-06-30"), shareMillionths: 400_000),
        .init(day: day("2023-12-31"), shareMillionths: 1_000_000),
    ])
    private let steps = TrajectoryContract.steps([
        .init(day: day("2023-06-30"), shareMillionths: 500_000),
        .init(day: day("2023-12-31"), shareMillionths: 1_000_000),
    ])

    /// Millionths, towards zero. Midnights of Shanghai: a day's share is reached when it ends.
    @Test func sharesInMillionths() {
        let rows: [(TrajectoryContract, Instant, Int128)] = [
            (.linear, midnight("2022-12-31"), 0),
            (.linear, midnight("2023-01-01"), 0),
            (.linear, midnight("2023-01-02"), 2_739),
            (.linear, midnight("2023-07-01"), 495_890),
            (.linear, midnight("2024-01-01"), 1_000_000),
            (.linear, midnight("2024-05-01"), 1_000_000),
            (.constant, midnight("2022-01-01"), 1_000_000),
            (.constant, midnight("2023-07-01"), 1_000_000),
            (profile, midnight("2022-12-01"), 0),
            (profile, midnight("2023-01-06"), 50_000),
            (profile, midnight("2023-01-11"), 100_000),
            (profile, midnight("2023-07-01"), 400_000),
            (profile, midnight("2023-10-01"), 700_000),
            (profile, midnight("2024-01-01"), 1_000_000),
            (profile, midnight("2024-02-01"), 1_000_000),
            (steps, midnight("2023-06-30"), 0),
            (steps, Instant(microseconds: midnight("2023-07-01").microseconds - 1), 0),
            (steps, midnight("2023-07-01"), 500_000),
            (steps, midnight("2023-12-31"), 500_000),
            (steps, midnight("2024-01-01"), 1_000_000),
        ]
        for (trajectory, at, expected) in rows {
            #expect(share(trajectory, at) == expected, "\(trajectory) at \(at.rfc3339)")
        }
    }

    /// The figure of the wire contract's example: 181 of 365 days, exactly, not a rounded share.
    @Test func expectedIsExact() {
        let target = TargetContract.example()
        let half = Trajectory(target, zone: shanghai).share(at: instant("2023-06-30T16:00:00Z"))
        #expect(half.of(100_000_000) == 49_589_041)
        #expect(half.whole(from: 49_589_041) == 99_999_999)
        #expect(
            Trajectory(target, zone: shanghai).share(at: midnight("2023-01-01")).whole(from: 5)
                == nil)
    }

    @Test func daysAreThoseOfTheZone() {
        let trajectory = Trajectory(.example(), zone: shanghai)
        #expect(trajectory.start == instant("2022-12-31T16:00:00Z"))
        #expect(trajectory.end == instant("2023-12-31T16:00:00Z"))
        let berlin = Zone(identifier: "Europe/Berlin")!
        // The day on which the clocks go forward has 23 hours: a day's share all the same.
        let target = TargetContract.example(
            windowStart: "2023-03-26", deadline: "2023-03-26", trajectory: .linear)
        let short = Trajectory(target, zone: berlin)
        #expect(short.end.microseconds - short.start.microseconds == 23 * 3_600_000_000)
    }

    @Test func sharesNeverFall() {
        for trajectory in [TrajectoryContract.linear, profile, steps] {
            var before: Int128 = 0
            for dayNumber in -10...400 {
                let now = share(
                    trajectory, midnight("2023-01-01").adding(.hours(dayNumber * 24 + 7)))
                #expect(now >= before)
                before = now
            }
        }
    }
}

@Suite struct ExactArithmeticTests {
    @Test func scalesTowardsZeroAndSaturates() {
        let big = Int128.max
        let rows: [(Int128, Int128, Int128, Int128)] = [
            (7, 3, 2, 10),
            (-7, 3, 2, -10),
            (7, -3, 2, -10),
            (-7, -3, 2, 10),
            (7, 3, -2, -10),
            (5, 1, 0, 0),
            (big, 4, 8, big / 2),
            (-big, 4, 8, -(big / 2)),
            (big, big, big, big),
            (big, 2, 1, .max),
            (big, -2, 1, .min),
            (.min, -1, 1, .max),
            (.min, 1, -1, .max),
            (.min, 1, 1, .min),
        ]
        for (value, numerator, denominator, expected) in rows {
            #expect(scaled(value, by: numerator, over: denominator) == expected)
        }
        #expect(lifted(3, byPowerOfTen: 4) == 30_000)
        #expect(lifted(3, byPowerOfTen: -4) == 3)
        #expect(lifted(3, byPowerOfTen: 400) == .max)
        #expect(saturatedSum(.max, 1) == .max)
        #expect(saturatedDifference(.min, 1) == .min)
    }
}
