/// A trajectory as it is written; days are checked against each target that takes it.
internal enum TrajectoryDraft {
    case linear
    case constant
    /// The whole goal at the deadline, nothing before.
    case due
    case profile([Point])
    case steps([Point])

    struct Point {
        var day: CivilDate
        var shareMillionths: Int64
        var mark: Mark
    }

    static let builtIn = ["linear", "constant", "due"]

    /// A name, or a mapping with `profile` or `steps`.
    static func read(
        _ node: YAMLNode, named: [String: TrajectoryDraft], _ problems: ProblemList
    ) -> TrajectoryDraft? {
        if case .scalar(let name) = node.content {
            switch name {
            case "linear": return .linear
            case "constant": return .constant
            case "due": return .due
            default:
                if let draft = named[name] { return draft }
                problems.error(
                    node.mark, "the trajectory is `\(name.prefix(60))`",
                    Spelling.suggestion(for: name, among: builtIn + named.keys.sorted()))
                return nil
            }
        }
        return readPoints(node, problems)
    }

    /// A mapping with `profile` or `steps`: shares of the goal by the end of each day.
    static func readPoints(_ node: YAMLNode, _ problems: ProblemList) -> TrajectoryDraft? {
        guard
            let mapping = MappingReader(
                node, subject: "the trajectory", keys: ["profile", "steps"], problems)
        else { return nil }
        guard mapping.has("profile") != mapping.has("steps") else {
            problems.error(
                node.mark,
                "the trajectory has \(mapping.has("steps") ? "both" : "neither") `profile` "
                    + "and `steps`",
                "write one of them, `2023-06-30: 0.5` on each line")
            return nil
        }
        if let node = mapping.node("profile") {
            return points(node, "profile", problems).map { .profile($0) }
        }
        return mapping.node("steps").flatMap { points($0, "steps", problems).map { .steps($0) } }
    }

    private static func points(_ node: YAMLNode, _ key: String, _ problems: ProblemList) -> [Point]?
    {
        guard let entries = MappingReader.entries(node, subject: "`\(key)`", problems) else {
            return nil
        }
        guard (1...ContractLimits.knotsMax).contains(entries.count) else {
            problems.error(
                node.mark, "`\(key)` has \(entries.count) days",
                "write 1 to \(ContractLimits.knotsMax) of them")
            return nil
        }
        let errors = problems.errorCount
        var points: [Point] = []
        for entry in entries {
            guard let day = CivilDate(iso: entry.key) else {
                problems.error(
                    entry.mark, "a day is `\(entry.key.prefix(40))`",
                    "write a day of the calendar as 2023-06-30")
                continue
            }
            guard
                let text = MappingReader.scalar(entry.value, "the share of \(entry.key)", problems),
                let share = MappingReader.figure(
                    text, scale: 6, entry.value.mark, "the share of \(entry.key)", problems)
            else { continue }
            guard (0...1_000_000).contains(share) else {
                problems.error(
                    entry.value.mark, "the share of \(entry.key) is \(text)",
                    "write a share from 0 to 1")
                continue
            }
            if let last = points.last {
                if day <= last.day {
                    problems.error(
                        entry.mark, "\(day.iso) comes after \(last.day.iso)",
                        "write the days in their order")
                }
                if share < last.shareMillionths {
                    problems.error(
                        entry.value.mark, "the share falls to \(text) on \(day.iso)",
                        "write at least \(Figure.format(last.shareMillionths, scale: 6)); "
                            + "what is reached stays")
                }
            }
            points.append(Point(day: day, shareMillionths: share, mark: entry.value.mark))
        }
        if let last = points.last, last.shareMillionths != 1_000_000 {
            problems.error(
                last.mark, "the last share is \(Figure.format(last.shareMillionths, scale: 6))",
                "end with 1 on the deadline: `\(last.day.iso): 1`")
        }
        return problems.errorCount == errors ? points : nil
    }

    /// Checked against the target's days. `mark` is where the target takes the trajectory.
    func trajectory(
        from windowStart: CivilDate, to deadline: CivilDate, _ mark: Mark, _ problems: ProblemList
    ) -> TrajectoryContract? {
        func knots(_ points: [Point]) -> [TrajectoryContract.Knot]? {
            if let first = points.first, first.day < windowStart {
                problems.error(
                    mark,
                    "the trajectory begins on \(first.day.iso), before the target's first day "
                        + windowStart.iso,
                    "begin it later, or move `window_start`")
                return nil
            }
            if let last = points.last, last.day != deadline {
                problems.error(
                    mark, "the trajectory ends on \(last.day.iso), the target on \(deadline.iso)",
                    "end the trajectory with `\(deadline.iso): 1`")
                return nil
            }
            return points.map {
                TrajectoryContract.Knot(day: $0.day, shareMillionths: $0.shareMillionths)
            }
        }
        switch self {
        case .linear: return .linear
        case .constant: return .constant
        case .due:
            return .steps([TrajectoryContract.Knot(day: deadline, shareMillionths: 1_000_000)])
        case .profile(let points): return knots(points).map { .profile($0) }
        case .steps(let points): return knots(points).map { .steps($0) }
        }
    }
}
