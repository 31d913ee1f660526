/// Reads one item of a plan's `targets`.
internal struct TargetReader {
    private static let keys = [
        "id", "name", "sector", "area", "kind", "bound", "value", "value_max", "tolerance", "slack",
        "unit", "as_written", "basis", "window_start", "deadline", "deadline_as_written",
        "metric", "where", "indicator", "stream", "trajectory", "rule",
    ]

    let period: ClosedRange<CivilDate>
    let zone: Zone
    let streams: KnownStreams
    let trajectories: [String: TrajectoryDraft]
    let defaults: TargetDefaults
    let problems: ProblemList

    /// Nil where it is wrong.
    func read(_ node: YAMLNode) -> PlanDoubts.Entry? {
        guard
            let mapping = MappingReader(
                node, subject: "the target", keys: TargetReader.keys, problems)
        else {
            return nil
        }
        let id = mapping.name("id", required: true)
        let name = PlanReader.pair(mapping, "name")
        let sector = mapping.name("sector", required: true)
        let area = mapping.text("area", required: true, lengthMax: 64)
        let unit = mapping.text("unit", required: true, lengthMax: 32)
        let kind = mapping.word("kind", TargetContract.Kind.self, required: true)
        let bound =
            mapping.has("bound") ? mapping.word("bound", TargetContract.Bound.self) : .atLeast
        let basis =
            mapping.has("basis") ? mapping.word("basis", TargetContract.Basis.self) : .stated
        let written = (
            value: mapping.text("as_written"), deadline: mapping.text("deadline_as_written")
        )
        let days = days(mapping)
        let source = SourceReader(streams: streams, zone: zone, days: days, problems: problems)
            .read(
                mapping, kind: kind, unit: unit)
        guard let kind, let bound, let basis, let source else { return nil }

        let figures = figures(mapping, kind: kind, bound: bound, scale: source.scale)
        var layer = defaults.layer(kind: kind, stream: source.source.stream)
        let own = mapping.node("trajectory")
        if let own { layer.trajectory = TrajectoryDraft.read(own, named: trajectories, problems) }
        if let rule = mapping.mapping("rule", keys: RuleDraft.keys) {
            layer.rule.overlay(RuleDraft(rule))
        }
        let rule = layer.rule.rule(
            mapping.has("rule") ? mapping.keyMark("rule") : mapping.valueMark("id"), problems)
        guard let days, let draft = layer.trajectory else { return nil }
        let trajectory = draft.trajectory(
            from: days.lowerBound, to: days.upperBound, own?.mark ?? mapping.valueMark("id"),
            problems)
        guard let id, let name, let sector, let area, let unit, let figures, let rule,
            let trajectory
        else {
            return nil
        }
        let target = TargetContract(
            id: id, sector: sector, area: area, nameZh: name.zh, nameEn: name.en, kind: kind,
            bound: bound,
            value: figures.value, valueMax: figures.valueMax, tolerance: figures.tolerance,
            slack: figures.slack, scale: source.scale, unit: unit, windowStart: days.lowerBound,
            deadline: days.upperBound, source: source.source, trajectory: trajectory, rule: rule,
            valueAsWritten: written.value, deadlineAsWritten: written.deadline, basis: basis)
        TargetDoubts(
            target: target, mapping: mapping, streams: streams, problems: problems
        ).tell()
        return PlanDoubts.Entry(
            target: target, mark: mapping.valueMark("id"),
            languages: PlanReader.languages(mapping, "name"))
    }

    private func days(_ mapping: MappingReader) -> ClosedRange<CivilDate>? {
        let start = mapping.has("window_start") ? mapping.day("window_start") : period.lowerBound
        let end = mapping.has("deadline") ? mapping.day("deadline") : period.upperBound
        guard let start, let end else { return nil }
        var fits = true
        for (key, day) in [("window_start", start), ("deadline", end)] where !period.contains(day) {
            problems.error(
                mapping.valueMark(key), "`\(key)` is \(day.iso), outside the plan's period",
                "write a day from \(period.lowerBound.iso) to \(period.upperBound.iso)")
            fits = false
        }
        if fits, start > end {
            problems.error(
                mapping.valueMark("deadline"),
                "the deadline \(end.iso) comes before the first day \(start.iso)",
                "exchange them")
            fits = false
        }
        return fits ? start...end : nil
    }

    private struct Figures {
        var value: Int64
        var valueMax: Int64?
        var tolerance: Int64
        var slack: Int64
    }

    private func figures(
        _ mapping: MappingReader, kind: TargetContract.Kind, bound: TargetContract.Bound, scale: Int
    ) -> Figures? {
        let errors = problems.errorCount
        let value = mapping.figure("value", scale: scale, required: true)
        let valueMax = mapping.figure("value_max", scale: scale, required: bound == .range)
        let tolerance = mapping.figure("tolerance", scale: scale, required: bound == .about)
        let slack = mapping.figure("slack", scale: scale)
        for (key, of) in [("value_max", TargetContract.Bound.range), ("tolerance", .about)]
        where mapping.has(key) && bound != of {
            problems.error(
                mapping.keyMark(key), "a target that is `\(bound.rawValue)` has no `\(key)`",
                "remove it, or write `bound: \(of.rawValue)`")
        }
        guard let value else { return nil }
        if kind == .total || kind == .milestone, value <= 0 {
            problems.error(
                mapping.valueMark("value"),
                "a \(kind.rawValue) of \(Figure.format(value, scale: scale))",
                "write a figure above 0")
        }
        if let valueMax, valueMax <= value {
            problems.error(
                mapping.valueMark("value_max"), "`value_max` is not above `value`",
                "write the upper end")
        }
        for (key, figure) in [("tolerance", tolerance), ("slack", slack)] {
            if let figure, figure < 0 || (key == "slack" && figure == 0) {
                problems.error(
                    mapping.valueMark(key), "`\(key)` is not above 0", "write a figure above 0")
            }
        }
        if value == 0, !mapping.has("slack") {
            problems.error(
                mapping.valueMark("value"), "the goal is 0, so a shortfall has no scale",
                "add `slack:`, the shortfall that is as bad as missing the whole of another goal")
        }
        guard problems.errorCount == errors else { return nil }
        let magnitude = value == .min ? .max : abs(value)
        return Figures(
            value: value, valueMax: valueMax, tolerance: tolerance ?? 0, slack: slack ?? magnitude)
    }
}
