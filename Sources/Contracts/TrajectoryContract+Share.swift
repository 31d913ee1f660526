extension TrajectoryContract {
    /// The share of the goal, in millionths, that is expected by the end of a day: what the
    /// trajectory of the judge says at the following midnight, rounded down.
    package func share(
        atEndOf day: CivilDate, from windowStart: CivilDate, to deadline: CivilDate
    ) -> Int64 {
        switch self {
        case .constant:
            return 1_000_000
        case .linear:
            return TrajectoryContract.ramp(
                [Knot(day: deadline, shareMillionths: 1_000_000)], day, windowStart)
        case .profile(let knots):
            return TrajectoryContract.ramp(knots, day, windowStart)
        case .steps(let knots):
            return knots.last { $0.day <= day }?.shareMillionths ?? 0
        }
    }

    private static func ramp(_ knots: [Knot], _ day: CivilDate, _ windowStart: CivilDate) -> Int64 {
        var from = Knot(day: windowStart.adding(days: -1), shareMillionths: 0)
        for knot in knots {
            if day < knot.day {
                let passed = Int64(max(0, day.days(since: from.day)))
                let span = Int64(max(1, knot.day.days(since: from.day)))
                return from.shareMillionths
                    + (knot.shareMillionths - from.shareMillionths) * passed / span
            }
            from = knot
        }
        return from.shareMillionths
    }
}
