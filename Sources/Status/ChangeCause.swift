/// Why a status changed. Raw values are the words of the wire contract.
package enum ChangeCause: String, Sendable, CaseIterable {
    /// New figures of the hours that are judged now.
    case live
    /// New figures of hours that were judged before, and no others.
    case late
    /// Figures were taken back, or replaced.
    case correction
    /// The aggregates are those of another generation.
    case replay
    /// The plan was edited.
    case plan
    /// Nothing came: time alone did it.
    case clock

    /// What happened to a target between two evaluations.
    package struct Evidence: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The target's contract changed, and its figures did not.
        package static let plan = Evidence(rawValue: 1)
        package static let replay = Evidence(rawValue: 2)
        package static let correction = Evidence(rawValue: 4)
        package static let late = Evidence(rawValue: 8)
        package static let live = Evidence(rawValue: 16)
    }

    /// The first that fits, in the order plan, replay, correction, live, late, clock: `late` is
    /// only what nothing live came with.
    package init(_ evidence: Evidence) {
        if evidence.contains(.plan) {
            self = .plan
        } else if evidence.contains(.replay) {
            self = .replay
        } else if evidence.contains(.correction) {
            self = .correction
        } else if evidence.contains(.live) {
            self = .live
        } else if evidence.contains(.late) {
            self = .late
        } else {
            self = .clock
        }
    }
}
