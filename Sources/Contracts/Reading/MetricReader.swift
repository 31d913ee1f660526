/// Reads a stream's `metrics` against its fields.
internal struct MetricReader {
    let fields: [FieldContract]
    let problems: ProblemList

    func read(_ stream: MappingReader) -> ([MetricContract], [String: Mark]) {
        guard let node = stream.node("metrics", required: true),
            let entries = MappingReader.entries(node, subject: "`metrics`", problems)
        else { return ([], [:]) }
        if entries.isEmpty {
            problems.error(
                node.mark, "the stream has no metric", "add one; without, its events do nothing")
        }
        if entries.count > ContractLimits.metricsMax {
            problems.error(
                node.mark, "`metrics` has \(entries.count) metrics",
                "use \(ContractLimits.metricsMax) at most")
            return ([], [:])
        }
        var metrics: [MetricContract] = []
        var marks: [String: Mark] = [:]
        for entry in entries {
            marks[entry.key] = entry.mark
            if let metric = metric(entry) { metrics.append(metric) }
        }
        return (metrics, marks)
    }

    private func metric(_ entry: YAMLNode.Entry) -> MetricContract? {
        let name = MappingReader.checkedName(entry.key, entry.mark, "a metric's name", problems)
        guard
            let mapping = MappingReader(
                entry.value, subject: "the metric `\(entry.key)`",
                keys: ["sum", "count", "where", "breakdowns", "unit"], problems)
        else { return nil }
        let measure = measure(mapping)
        let unit = mapping.text("unit", required: true, lengthMax: 32)
        let filter = filter(mapping)
        let breakdowns = breakdowns(mapping)
        guard let name, let (measure, scale) = measure, let unit, let breakdowns,
            (filter != nil) == mapping.has("where")
        else { return nil }
        return MetricContract(
            name: name, measure: measure, filter: filter, breakdowns: breakdowns, scale: scale,
            unit: unit)
    }

    private func measure(_ mapping: MappingReader) -> (MetricContract.Measure, scale: Int)? {
        guard mapping.has("sum") != mapping.has("count") else {
            problems.error(
                mapping.mark,
                "\(mapping.subject) has \(mapping.has("sum") ? "both" : "neither") `sum` "
                    + "and `count`",
                "write `sum: FIELD` or `count: events`")
            return nil
        }
        if mapping.has("count") {
            guard let text = mapping.text("count") else { return nil }
            guard text == "events" else {
                problems.error(
                    mapping.valueMark("count"), "`count` is `\(text.prefix(40))`",
                    "write `count: events`")
                return nil
            }
            return (.count, 0)
        }
        guard let field = field(mapping.text("sum"), mapping.valueMark("sum"), "sum") else {
            return nil
        }
        switch field.kind {
        case .integer: return (.sum(field.name), 0)
        case .decimal(let scale, _, _): return (.sum(field.name), scale)
        default:
            problems.error(
                mapping.valueMark("sum"), "`\(field.name)` is no number",
                "sum an integer or decimal field")
            return nil
        }
    }

    private func filter(_ mapping: MappingReader) -> MetricContract.Filter? {
        guard let node = mapping.node("where") else { return nil }
        guard let entries = MappingReader.entries(node, subject: "`where`", problems) else {
            return nil
        }
        guard entries.count == 1, let entry = entries.first else {
            problems.error(
                node.mark, "`where` has \(entries.count) conditions", "write one, { FIELD: VALUE }")
            return nil
        }
        guard let field = field(entry.key, entry.mark, "where"),
            let value = MappingReader.scalar(entry.value, "`\(entry.key)`", problems)
        else { return nil }
        switch field.kind {
        case .boolean:
            guard value == "true" else {
                problems.error(entry.value.mark, "`\(field.name)` is a boolean", "write true")
                return nil
            }
            return .isTrue(field: field.name)
        case .word(let words):
            guard words.contains(value) else {
                problems.error(
                    entry.value.mark, "`\(field.name)` is never `\(value.prefix(40))`",
                    Spelling.suggestion(for: value, among: words))
                return nil
            }
            return .equals(field: field.name, value: value)
        case .slug, .slugs:
            guard value.isSlug, value.utf8.count <= 128 else {
                problems.error(
                    entry.value.mark, "`\(value.prefix(40))` is no slug",
                    "write lower-case letters, digits, `-` and `_`")
                return nil
            }
            return .equals(field: field.name, value: value)
        default:
            problems.error(
                entry.mark, "`\(field.name)` cannot be a condition",
                "use a boolean, word, slug or slugs field")
            return nil
        }
    }

    private func breakdowns(_ mapping: MappingReader) -> [String]? {
        guard mapping.has("breakdowns") else { return [] }
        guard let texts = mapping.texts("breakdowns", countMax: ContractLimits.breakdownsMax) else {
            return nil
        }
        var names: [String] = []
        for (text, mark) in texts {
            guard let field = field(text, mark, "breakdowns") else { continue }
            switch field.kind {
            case .word, .slug, .slugs, .region: names.append(text)
            default:
                problems.error(
                    mark, "`\(text)` cannot be a breakdown",
                    "use a word, slug, slugs or region field")
            }
        }
        return names.count == texts.count ? names : nil
    }

    private func field(_ name: String?, _ mark: Mark, _ key: String) -> FieldContract? {
        guard let name else { return nil }
        if let field = fields.first(where: { $0.name == name }) { return field }
        problems.error(
            mark, "`\(key)` names the field `\(name.prefix(40))`, which the stream does not have",
            Spelling.suggestion(for: name, among: fields.map(\.name)))
        return nil
    }
}
