/// A published list of targets, as a file of `Topics/plans` declares it.
package struct PlanContract: Sendable, Equatable {
    package var id: String
    /// Raised by the planner with each edit that should be seen as one. At least 1.
    package var revision: Int
    package var titleZh: String
    package var titleEn: String
    package var zone: Zone
    package var periodStart: CivilDate
    /// The last day, inclusive.
    package var periodEnd: CivilDate
    /// Division code whose own measurements are read, for example 410300.
    package var division: Int32
    /// Digits that a division of the plan's place begins with, for example `4103`.
    package var place: String
    /// What readers call the areas of the targets, in the order in which they are shown. An area
    /// without a name is shown by its own word, after these.
    package var areas: [NamedKey]
    /// What readers call the divisions of the place: keys are codes of six digits.
    package var divisions: [NamedKey]
    package var targets: [TargetContract]

    package init(
        id: String, revision: Int, titleZh: String, titleEn: String, zone: Zone,
        periodStart: CivilDate, periodEnd: CivilDate, division: Int32, place: String,
        areas: [NamedKey] = [], divisions: [NamedKey] = [], targets: [TargetContract]
    ) {
        self.id = id
        self.revision = revision
        self.titleZh = titleZh
        self.titleEn = titleEn
        self.zone = zone
        self.periodStart = periodStart
        self.periodEnd = periodEnd
        self.division = division
        self.place = place
        self.areas = areas
        self.divisions = divisions
        self.targets = targets
    }
}

/// What people call something that a plan's targets and events refer to by a short key.
package struct NamedKey: Sendable, Equatable {
    package var key: String
    package var zh: String
    package var en: String

    package init(key: String, zh: String, en: String) {
        self.key = key
        self.zh = zh
        self.en = en
    }
}

/// One promise of a plan. Figures are integers of 10^-scale units, `scale` being the target's own.
package struct TargetContract: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case total, level, growth, delta, milestone
    }

    package enum Bound: String, Sendable, CaseIterable {
        case atLeast = "at_least"
        case atMost = "at_most"
        case about
        case range
    }

    /// Whether the text gives the figure, or it is read from words such as "full coverage".
    package enum Basis: String, Sendable, CaseIterable {
        case stated, implied
    }

    /// Where the target's value comes from.
    package enum Source: Sendable, Equatable {
        /// A metric of an event stream; `breakdown` and `member` narrow it where given.
        case metric(stream: String, metric: String, breakdown: String?, member: String?)
        /// An indicator of a measurement stream.
        case indicator(stream: String, indicator: String)

        package var stream: String {
            switch self {
            case .metric(let stream, _, _, _), .indicator(let stream, _): stream
            }
        }
    }

    package var id: String
    package var sector: String
    package var area: String
    package var nameZh: String
    package var nameEn: String
    package var kind: Kind
    package var bound: Bound
    /// The goal; the lower end for a range.
    package var value: Int64
    /// The upper end for a range, else nil.
    package var valueMax: Int64?
    /// For `about`: how far from the goal still counts as met. Same units as `value`.
    package var tolerance: Int64
    /// What a shortfall is divided by where the expected value is zero. Above zero.
    package var slack: Int64
    package var scale: Int
    package var unit: String
    /// The first day that counts.
    package var windowStart: CivilDate
    /// The last day that counts, inclusive.
    package var deadline: CivilDate
    package var source: Source
    package var trajectory: TrajectoryContract
    package var rule: RuleContract
    /// The words of the text that the figure was taken from; for people, never judged by.
    package var valueAsWritten: String?
    /// The words that date it, where the text dates it more closely than the plan's period.
    package var deadlineAsWritten: String?
    package var basis: Basis

    package init(
        id: String, sector: String, area: String, nameZh: String, nameEn: String, kind: Kind,
        bound: Bound, value: Int64, valueMax: Int64?, tolerance: Int64, slack: Int64, scale: Int,
        unit: String, windowStart: CivilDate, deadline: CivilDate, source: Source,
        trajectory: TrajectoryContract, rule: RuleContract, valueAsWritten: String? = nil,
        deadlineAsWritten: String? = nil, basis: Basis = .stated
    ) {
        self.id = id
        self.sector = sector
        self.area = area
        self.nameZh = nameZh
        self.nameEn = nameEn
        self.kind = kind
        self.bound = bound
        self.value = value
        self.valueMax = valueMax
        self.tolerance = tolerance
        self.slack = slack
        self.scale = scale
        self.unit = unit
        self.windowStart = windowStart
        self.deadline = deadline
        self.source = source
        self.trajectory = trajectory
        self.rule = rule
        self.valueAsWritten = valueAsWritten
        self.deadlineAsWritten = deadlineAsWritten
        self.basis = basis
    }
}

/// What a target's value should be by when.
package enum TrajectoryContract: Sendable, Equatable {
    /// The goal's share grows evenly from the window's start to the deadline's end.
    case linear
    /// The whole goal is expected at all times: levels, rates and growth.
    case constant
    /// Shares of the goal, in millionths, reached at the *end* of each day; even in between, from 0
    /// at the window's start. The last is the deadline with 1,000,000. Shares never fall.
    case profile([Knot])
    /// Shares of the goal due at the end of each day; nothing is expected in between.
    case steps([Knot])

    package struct Knot: Sendable, Equatable {
        package var day: CivilDate
        package var shareMillionths: Int64
        package init(day: CivilDate, shareMillionths: Int64) {
            self.day = day
            self.shareMillionths = shareMillionths
        }
    }
}

/// How pace becomes a status without flapping. Ratios in millionths; 0 < offTrackBelow <
/// atRiskBelow <= recoverAbove.
package struct RuleContract: Sendable, Equatable {
    package var atRiskBelow: Int64
    package var offTrackBelow: Int64
    package var recoverAbove: Int64
    /// How long a worse status must be deserved before it is taken. Plan time.
    package var hold: Duration
    /// How long a status is kept before the next pace-driven change. Plan time.
    package var dwell: Duration
    /// The target has no data when nothing came for longer. Nil: never.
    package var staleAfter: Duration?
    /// How long after the deadline a figure may still come before `missed` is taken. Zero for
    /// event-fed ones.
    package var grace: Duration
    /// How long before its deadline's end a milestone that is not met is at risk, whatever its
    /// figures. Nil: not at all. Other kinds are judged by pace alone.
    package var warnBefore: Duration?

    package init(
        atRiskBelow: Int64, offTrackBelow: Int64, recoverAbove: Int64, hold: Duration,
        dwell: Duration, staleAfter: Duration?, grace: Duration, warnBefore: Duration? = nil
    ) {
        self.atRiskBelow = atRiskBelow
        self.offTrackBelow = offTrackBelow
        self.recoverAbove = recoverAbove
        self.hold = hold
        self.dwell = dwell
        self.staleAfter = staleAfter
        self.grace = grace
        self.warnBefore = warnBefore
    }
}

/// One of the three output topics.
package struct OutputContract: Sendable, Equatable {
    package enum Role: String, Sendable, CaseIterable {
        case status
        case changes = "status_changes"
        case deadLetters = "dead_letters"
    }

    package var role: Role
    package var topic: TopicContract

    package init(
        role: Role, topic: TopicContract
    ) {
        self.role = role
        self.topic = topic
    }
}
