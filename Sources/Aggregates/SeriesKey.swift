/// A metric's total (breakdown and member empty), or one member of one of its breakdowns.
package struct SeriesKey: Hashable, Comparable, Sendable {
    package var metric: String
    package var breakdown: String
    package var member: String

    package init(metric: String, breakdown: String = "", member: String = "") {
        self.metric = metric
        self.breakdown = breakdown
        self.member = member
    }

    package static func < (left: SeriesKey, right: SeriesKey) -> Bool {
        (left.metric, left.breakdown, left.member) < (right.metric, right.breakdown, right.member)
    }
}
