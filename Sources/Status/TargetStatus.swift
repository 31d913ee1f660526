/// Where a target stands. Raw values are the words of the wire contract.
package enum TargetStatus: String, Sendable, CaseIterable {
    /// Its window has not begun.
    case pending
    /// Nothing to judge by, or nothing for longer than its stale limit.
    case noData = "no_data"
    case onTrack = "on_track"
    case atRisk = "at_risk"
    case offTrack = "off_track"
    /// Met: totals and milestones for good (corrections aside), others at the deadline only.
    case achieved
    /// The deadline, and the grace after it, passed unmet.
    case missed

    /// How bad a status that pace decides is; nil for those that are facts and no opinion.
    package var severity: Int? {
        switch self {
        case .onTrack: 0
        case .atRisk: 1
        case .offTrack: 2
        case .pending, .noData, .achieved, .missed: nil
        }
    }

    /// The worse of two statuses that pace decides.
    func orWorse(_ other: TargetStatus) -> TargetStatus {
        (severity ?? 0) < (other.severity ?? 0) ? other : self
    }
}
