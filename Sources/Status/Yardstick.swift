package import Contracts

/// A target made ready to be judged: its trajectory, and its figures in the finer of its own scale
/// and that of the values it is judged by, so that no comparison rounds.
package struct Yardstick: Sendable, Equatable {
    package let target: TargetContract
    package let trajectory: Trajectory
    /// Decimals of the values and figures that go in and come out.
    package let scale: Int
    private let goal: Int128
    private let upper: Int128
    private let tolerance: Int128
    private let slack: Int128
    private let staleAfter: Duration?
    /// When a milestone that is not met is at risk for its date alone.
    private let warnsFrom: Instant?

    /// `sourceScale`: decimals of the values that will be passed in.
    package init(_ target: TargetContract, zone: Zone, sourceScale: Int) {
        let scale = max(target.scale, sourceScale)
        let power = scale - target.scale
        self.target = target
        let trajectory = Trajectory(target, zone: zone)
        self.trajectory = trajectory
        self.scale = scale
        self.goal = lifted(Int128(target.value), byPowerOfTen: power)
        self.upper = lifted(Int128(target.valueMax ?? target.value), byPowerOfTen: power)
        self.tolerance = lifted(Int128(target.tolerance), byPowerOfTen: power)
        self.slack = max(1, lifted(Int128(target.slack), byPowerOfTen: power))
        self.staleAfter = target.rule.staleAfter
        self.warnsFrom =
            target.kind == .milestone
            ? target.rule.warnBefore.map { trajectory.end.adding(.zero - $0) } : nil
    }

    /// A value of the source's scale in this yardstick's.
    package func lift(_ value: Int128, fromScale: Int) -> Int128 {
        lifted(value, byPowerOfTen: scale - fromScale)
    }

    /// What a value deserves at an instant, before holding back and dwelling.
    ///
    /// - value: in units of 10^-scale; nil where nothing was ever measured.
    /// - lastInput: event time of the latest figure behind the value.
    /// - coveredTo: the end of the time that a published figure speaks of; it is held against what
    ///   was expected then, because more it cannot know. Milestones are held against now all the
    ///   same: their date does not wait for a report.
    package func assess(
        value: Int128?, lastInput: Instant?, coveredTo: Instant? = nil, at asOf: Instant
    ) -> Assessment {
        let share = share(at: asOf, coveredTo: coveredTo)
        let expected = share.of(goal)
        var assessment = Assessment(
            asOf: asOf, value: value, expected: expected, pace: nil, projected: nil,
            verdict: .pending)
        guard asOf >= trajectory.start else {
            assessment.value = nil
            return assessment
        }
        if let value {
            assessment.pace = pace(of: value, expected: expected)
            assessment.projected = projection(of: value, share)
        }
        assessment.verdict = verdict(assessment, lastInput: lastInput)
        return assessment
    }

    /// The share of the goal that a value is held against.
    package func share(at asOf: Instant, coveredTo: Instant?) -> Trajectory.Share {
        let covered = target.kind == .milestone ? nil : coveredTo
        return trajectory.share(at: min(asOf, covered ?? asOf))
    }

    private func projection(of value: Int128, _ share: Trajectory.Share) -> Int128? {
        switch target.projectionMethod {
        case .latestFigure, .count: return value
        case .seasonalRunRate:
            let least = Int128(ProjectionMethod.leastShareMillionths)
            let isEnough = scaled(share.numerator, by: 1_000_000, over: share.denominator) >= least
            return isEnough ? share.whole(from: value) : nil
        }
    }

    private func verdict(_ assessment: Assessment, lastInput: Instant?) -> Verdict {
        let met = assessment.value.map(isMet) ?? false
        if met && (assessment.asOf >= trajectory.end || countsAtOnce) { return .achieved }
        if assessment.asOf >= trajectory.end.adding(target.rule.grace) { return .missed }
        if let warnsFrom, assessment.asOf >= warnsFrom { return .nearing(assessment.pace) }
        guard let pace = assessment.pace else { return .noData }
        if let staleAfter, let lastInput, lastInput.adding(staleAfter) < assessment.asOf {
            return .noData
        }
        return .pace(pace)
    }

    /// Whether the goal itself is met.
    package func isMet(_ value: Int128) -> Bool {
        switch target.bound {
        case .atLeast: value >= goal
        case .atMost: value <= goal
        case .about: distance(value, goal) <= tolerance
        case .range: value >= goal && value <= upper
        }
    }

    /// What has been added up or done stays so; a level may fall again before it counts.
    private var countsAtOnce: Bool {
        target.bound == .atLeast && (target.kind == .total || target.kind == .milestone)
    }

    /// How far on the good side of what is expected, as a part of the expected, plus one; in
    /// millionths, towards zero. For `at_least` above zero it is value / expected.
    package func pace(of value: Int128, expected: Int128) -> Int64 {
        let margin =
            switch target.bound {
            case .atLeast: saturatedDifference(value, expected)
            case .atMost: saturatedDifference(expected, value)
            case .about: saturatedDifference(tolerance, distance(value, expected))
            case .range:
                min(saturatedDifference(value, expected), saturatedDifference(upper, value))
            }
        let unit = expected == 0 ? slack : Int128(clamping: expected.magnitude)
        let ratio = scaled(saturatedSum(unit, margin), by: 1_000_000, over: unit)
        return Int64(min(max(ratio, -Self.paceMax), Self.paceMax))
    }

    /// Paces beyond a billion say nothing more.
    private static let paceMax: Int128 = 1_000_000_000_000_000

    private func distance(_ left: Int128, _ right: Int128) -> Int128 {
        left > right ? saturatedDifference(left, right) : saturatedDifference(right, left)
    }
}

/// What one value of a target is worth at an instant. Figures in the yardstick's scale.
package struct Assessment: Sendable, Equatable {
    package var asOf: Instant
    package var value: Int128?
    package var expected: Int128
    /// Millionths. Nil without a value.
    package var pace: Int64?
    /// Where it leads by the deadline, by `TargetContract.projectionMethod`. Nil without a value,
    /// and while too little is expected to say.
    package var projected: Int128?
    package var verdict: Verdict
}

/// What the figures say, before the past of the target is asked.
package enum Verdict: Sendable, Equatable {
    case pending
    case noData
    case achieved
    case missed
    /// A milestone that is not met while its date nears: at least `at_risk`, and `off_track` where
    /// its pace, if there is one, says so.
    case nearing(Int64?)
    /// Between start and deadline: pace in millionths, to be held against the rule's thresholds.
    case pace(Int64)
}
