/// Reads a file of `Topics/scenarios`, by itself: what belongs to the plan and to other scenarios is
/// checked by `ScenarioMerge`.
internal struct ScenarioReader {
    private static let keys = [
        "scenario", "plan", "title", "based_on", "metrics", "base_year", "episodes",
        "disturbances", "indicators",
    ]

    private let mapping: MappingReader
    private let problems: ProblemList

    static func read(_ node: YAMLNode, _ problems: ProblemList) -> ScenarioDraft? {
        guard let mapping = MappingReader(node, subject: "the scenario", keys: keys, problems)
        else { return nil }
        return ScenarioReader(mapping: mapping, problems: problems).read()
    }

    private func read() -> ScenarioDraft? {
        let id = slug("scenario", required: true)
        let plan = slug("plan", required: true)
        let title = PlanReader.pair(mapping, "title")
        let basedOn = mapping.has("based_on") ? slug("based_on") : nil
        let metrics = entries("metrics", metric)
        let baseYear = entries("base_year") { name, node in
            part(node, "the base year of `\(name)`", upTo: 10_000_000)
        }
        let episodes = episodes()
        let disturbances = disturbances()
        let indicators = entries("indicators") { name, node in
            SeriesReader.read(name, node, problems)
        }
        guard let id, let plan, let title else { return nil }
        return ScenarioDraft(
            id: id, plan: plan, titleZh: title.zh, titleEn: title.en, basedOn: basedOn,
            metrics: metrics, baseYear: baseYear, episodes: episodes, disturbances: disturbances,
            indicators: indicators, problems: problems)
    }

    private func slug(_ key: String, required: Bool = false) -> ScenarioDraft.Named<String>? {
        guard let text = mapping.text(key, required: required) else { return nil }
        guard text.isSlug else {
            problems.error(
                mapping.valueMark(key), "`\(key)` is `\(text.prefix(60))`",
                "write lower-case letters, digits, `-` and `_`, such as bad-summer")
            return nil
        }
        return .init(value: text, mark: mapping.valueMark(key))
    }

    /// The entries of a mapping of names; those that are wrong are left out.
    private func entries<Value>(
        _ key: String, _ read: (String, YAMLNode) -> Value?
    ) -> [String: ScenarioDraft.Named<Value>] {
        guard let node = mapping.node(key),
            let entries = MappingReader.entries(node, subject: "`\(key)`", problems)
        else { return [:] }
        var named: [String: ScenarioDraft.Named<Value>] = [:]
        for entry in entries {
            if let value = read(entry.key, entry.value) {
                named[entry.key] = .init(value: value, mark: entry.mark)
            }
        }
        return named
    }

    private func part(_ node: YAMLNode, _ subject: String, upTo limit: Int64) -> Int64? {
        guard let text = MappingReader.scalar(node, subject, problems),
            let value = MappingReader.figure(text, scale: 6, node.mark, subject, problems)
        else { return nil }
        guard (0...limit).contains(value) else {
            problems.error(
                node.mark, "\(subject) is \(text)",
                "write a part from 0 to \(Figure.format(limit, scale: 6))")
            return nil
        }
        return value
    }

    private func metric(_ name: String, _ node: YAMLNode) -> ScenarioDraft.Metric? {
        guard
            let mapping = MappingReader(
                node, subject: "the metric `\(name)`", keys: ["end", "total", "months"], problems)
        else { return nil }
        let errors = problems.errorCount
        var metric = ScenarioDraft.Metric()
        if mapping.has("end"), mapping.has("total") {
            problems.error(
                node.mark, "`\(name)` has both `end` and `total`",
                "write `end`, a part of the goal, or `total`")
        }
        if let node = mapping.node("end") { metric.end = part(node, "`end`", upTo: 10_000_000) }
        metric.total = mapping.text("total").map {
            .init(value: $0, mark: mapping.valueMark("total"))
        }
        if let node = mapping.node("months") {
            metric.months = ScenarioReader.list(node, "`months`", problems) { item in
                part(item, "a month's weight", upTo: 1_000_000_000_000)
            }
            if let months = metric.months, !months.contains(where: { $0 > 0 }) {
                problems.error(node.mark, "no month has a weight", "write weights above 0")
            }
        }
        return problems.errorCount == errors ? metric : nil
    }

    /// Nil where an item is wrong.
    static func list<Item>(
        _ node: YAMLNode, _ subject: String, _ problems: ProblemList, _ read: (YAMLNode) -> Item?
    ) -> [Item]? {
        guard case .list(let items) = node.content else {
            problems.error(node.mark, "\(subject) is \(node.description)", "write a list, [1, 2]")
            return nil
        }
        let values = items.compactMap(read)
        return values.count == items.count ? values : nil
    }

    private func disturbances() -> [ScenarioContract.Disturbance: Int64] {
        let names = ScenarioContract.Disturbance.allCases
        guard let given = mapping.mapping("disturbances", keys: names.map(\.rawValue)) else {
            return [:]
        }
        var parts: [ScenarioContract.Disturbance: Int64] = [:]
        for name in names {
            guard let node = given.node(name.rawValue) else { continue }
            parts[name] = part(node, "`\(name.rawValue)`", upTo: 500_000)
        }
        return parts
    }

    private func episodes() -> [ScenarioDraft.Named<Episode>] {
        guard let node = mapping.node("episodes") else { return [] }
        guard case .list(let items) = node.content else {
            problems.error(
                node.mark, "`episodes` is \(node.description)", "write a list, `- { stream: ... }`")
            return []
        }
        return items.compactMap { item in
            episode(item).map { .init(value: $0, mark: item.mark) }
        }
    }

    private func episode(_ node: YAMLNode) -> Episode? {
        let keys = ["stream", "divisions", "indicators", "from", "to", "factor", "silent"]
        guard let mapping = MappingReader(node, subject: "the episode", keys: keys, problems)
        else { return nil }
        let stream = mapping.name("stream", required: true)
        let from = mapping.day("from", required: true)
        let to = mapping.day("to", required: true)
        let silent = mapping.has("silent") ? mapping.boolean("silent") : false
        let factor = mapping.node("factor").flatMap { part($0, "`factor`", upTo: 10_000_000) }
        if mapping.has("factor") == (silent == true) {
            problems.error(
                node.mark,
                "the episode has \(silent == true ? "both" : "neither") `factor` "
                    + "and `silent`",
                "write `factor: 0.4`, or `silent: true`")
            return nil
        }
        if let from, let to, from > to {
            problems.error(
                mapping.valueMark("to"), "the episode goes from \(from.iso) to \(to.iso)",
                "exchange them")
            return nil
        }
        let divisions = mapping.node("divisions").map { node in
            ScenarioReader.list(node, "`divisions`", problems) { division($0) }
        }
        let indicators = mapping.node("indicators").map { node in
            ScenarioReader.list(node, "`indicators`", problems) {
                MappingReader.scalar($0, "an indicator", problems)
            }
        }
        guard let stream, let from, let to, silent != nil, let divisions = divisions ?? [],
            let indicators = indicators ?? []
        else { return nil }
        let effect: Episode.Effect
        if silent == true {
            effect = .silent
        } else if let factor {
            effect = .factor(factor)
        } else {
            return nil
        }
        return Episode(
            stream: stream, divisions: divisions, indicators: indicators, from: from, to: to,
            effect: effect)
    }

    private func division(_ node: YAMLNode) -> Int32? {
        guard let text = MappingReader.scalar(node, "a division", problems) else { return nil }
        guard let code = Int32(text), (100_000...999_999).contains(code) else {
            problems.error(
                node.mark, "a division is `\(text.prefix(40))`",
                "write the six digits of GB/T 2260")
            return nil
        }
        return code
    }
}
