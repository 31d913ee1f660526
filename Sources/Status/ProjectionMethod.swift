package import Contracts

/// How a target's projected figure comes about. Raw values are words of views and commands.
package enum ProjectionMethod: String, Sendable, CaseIterable {
    /// A total's value over the share that its trajectory has behind it: where the season's own
    /// course leads from here.
    case seasonalRunRate = "seasonal_run_rate"
    /// The figure that was published or counted last, as it is.
    case latestFigure = "latest_figure"
    /// A milestone's count, as it is.
    case count

    package init(_ kind: TargetContract.Kind) {
        switch kind {
        case .total: self = .seasonalRunRate
        case .level, .growth, .delta: self = .latestFigure
        case .milestone: self = .count
        }
    }
}
