/// How a target's figure at the deadline is projected from what is known. Raw values are stable
/// words that commands and views show beside the figure.
package enum ProjectionMethod: String, Sendable, CaseIterable {
    /// The value divided by the share of the goal that the trajectory expected by then: the season
    /// goes on as it was planned, at the pace that was seen. None while less than a fiftieth of the
    /// goal was expected.
    case seasonalRunRate = "seasonal_run_rate"
    /// The latest figure stands.
    case latestFigure = "latest_figure"
    /// What is done is done, and no more is assumed.
    case count

    /// Shares below this are too small to say anything of the whole; in millionths.
    package static let leastShareMillionths: Int64 = 20_000
}

extension TargetContract {
    /// By what is promised: what grows along a course (a total, or a level or gain that climbs) by
    /// its season, milestones by their count, everything else by its latest figure.
    package var projectionMethod: ProjectionMethod {
        switch (kind, trajectory) {
        case (.milestone, _): .count
        case (.total, .linear), (.total, .profile), (.level, .linear), (.level, .profile),
            (.delta, .linear), (.delta, .profile):
            .seasonalRunRate
        case (.growth, _), (_, .constant), (_, .steps): .latestFigure
        }
    }
}
