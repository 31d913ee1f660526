/// Reads one entry of a scenario's `indicators`.
internal enum SeriesReader {
    private static let outcomes = ["values", "end", "ends_at", "done", "rounds"]
    private static let keys =
        [
            "cadence", "delay", "basis", "course", "skip", "before", "by_division", "noise",
            "benchmark",
        ] + outcomes

    /// Nil where it is wrong.
    static func read(
        _ name: String, _ node: YAMLNode, _ problems: ProblemList
    ) -> ScenarioDraft.Indicator? {
        guard
            let mapping = MappingReader(
                node, subject: "the indicator `\(name)`", keys: keys, problems)
        else { return nil }
        let errors = problems.errorCount
        var series = ScenarioDraft.Indicator()
        series.cadence = mapping.word("cadence", IndicatorSeries.Cadence.self)
        series.delay = mapping.duration("delay")
        series.basis = mapping.word("basis", IndicatorSeries.Basis.self)
        series.course = mapping.word("course", IndicatorSeries.Course.self)
        series.byDivision = mapping.boolean("by_division")
        series.outcome = outcome(name, mapping)
        series.skipped = mapping.node("skip").flatMap { node in
            ScenarioReader.list(node, "`skip`", problems) { figure($0, "a period", 0, problems) }
        }
        series.yearsBefore = mapping.node("before").flatMap { node in
            if case .list = node.content {
                return ScenarioReader.list(node, "`before`", problems) {
                    figure($0, "a year's figure", 6, problems)
                }
            }
            return figure(node, "`before`", 6, problems).map { [$0] }
        }
        if let noise = mapping.figure("noise", scale: 6) {
            if (0...200_000).contains(noise) {
                series.noise = noise
            } else {
                problems.error(
                    mapping.valueMark("noise"), "`noise` is \(Figure.format(noise, scale: 6))",
                    "write a part of the goal from 0 to 0.2")
            }
        }
        series.benchmark = benchmark(mapping)
        return problems.errorCount == errors ? series : nil
    }

    private static func figure(
        _ node: YAMLNode, _ subject: String, _ scale: Int, _ problems: ProblemList
    ) -> Int64? {
        guard let text = MappingReader.scalar(node, subject, problems) else { return nil }
        return MappingReader.figure(text, scale: scale, node.mark, subject, problems)
    }

    private static func outcome(
        _ name: String, _ mapping: MappingReader
    ) -> ScenarioDraft.Indicator.Outcome? {
        let problems = mapping.problems
        let given = outcomes.filter(mapping.has)
        guard given.count <= 1, let key = given.first else {
            if given.count > 1 {
                problems.error(
                    mapping.mark,
                    "`\(name)` has " + given.map { "`\($0)`" }.joined(separator: " and "),
                    "write one of them: each says how it ends")
            }
            return nil
        }
        switch key {
        case "end": return mapping.figure("end", scale: 6).map { .end($0) }
        case "ends_at": return mapping.figure("ends_at", scale: 6).map { .endsAt($0) }
        case "values":
            return mapping.node("values").flatMap { node in
                ScenarioReader.list(node, "`values`", problems) { item in value(item, problems) }
            }.map { .values($0) }
        case "done":
            if mapping.text("done") == "never" { return .never }
            return mapping.day("done").map { .done($0) }
        default:
            return mapping.node("rounds").flatMap { rounds($0, problems) }.map { .rounds($0) }
        }
    }

    /// A figure, or `none` where none is published. Nil where it is neither.
    private static func value(_ node: YAMLNode, _ problems: ProblemList) -> Int64?? {
        if case .scalar("none") = node.content { return .some(nil) }
        return figure(node, "a value", 6, problems).map { .some($0) }
    }

    private static func rounds(
        _ node: YAMLNode, _ problems: ProblemList
    ) -> [IndicatorSeries.Round]? {
        guard let entries = MappingReader.entries(node, subject: "`rounds`", problems) else {
            return nil
        }
        let errors = problems.errorCount
        var rounds: [IndicatorSeries.Round] = []
        for entry in entries {
            guard let day = CivilDate(iso: entry.key) else {
                problems.error(
                    entry.mark, "a round's day is `\(entry.key.prefix(40))`",
                    "write a day of the calendar as 2023-06-30")
                continue
            }
            guard let reached = figure(entry.value, "the round of \(entry.key)", 6, problems)
            else { continue }
            if let last = rounds.last, day <= last.day || reached <= last.reached {
                problems.error(
                    entry.mark,
                    "the round of \(day.iso) does not go beyond that of "
                        + last.day.iso,
                    "write the days in their order, each with what is reached in all")
            }
            rounds.append(.init(day: day, reached: reached))
        }
        return problems.errorCount == errors ? rounds : nil
    }

    private static func benchmark(_ mapping: MappingReader) -> IndicatorSeries.Benchmark? {
        guard let given = mapping.mapping("benchmark", keys: ["on", "first"]) else { return nil }
        let day = given.day("on", required: true)
        let part = given.figure("first", scale: 6, required: true)
        guard let day, let part else { return nil }
        guard (500_000...1_500_000).contains(part) else {
            mapping.problems.error(
                given.valueMark("first"), "`first` is \(Figure.format(part, scale: 6))",
                "write what part of the revised figure the first one was, from 0.5 to 1.5")
            return nil
        }
        return .init(day: day, firstPart: part)
    }
}
