/// Reads a file of `Topics/streams`.
internal struct StreamReader {
    /// Where the parts stand that are checked against other files.
    struct Places {
        var name: Mark
        var topic: Mark
        var metrics: [String: Mark]
    }

    private let mapping: MappingReader
    private let problems: ProblemList

    static func read(_ node: YAMLNode, _ problems: ProblemList) -> (StreamContract, Places)? {
        let keys = ["stream", "kind", "topic", "zone", "event", "fields", "metrics"]
        guard let mapping = MappingReader(node, subject: "the stream", keys: keys, problems) else {
            return nil
        }
        return StreamReader(mapping: mapping, problems: problems).read()
    }

    private func read() -> (StreamContract, Places)? {
        let name = mapping.name("stream", required: true)
        let kind = mapping.word("kind", StreamContract.Kind.self, required: true)
        let topic = TopicReader.read(mapping)
        let zone = mapping.zone("zone")
        let event = mapping.mapping(
            "event", keys: ["type", "ignore", "future_limit", "out_of_order"], required: true)
        let type = event?.name("type", required: true)
        let ignorable = event.map(ignorableTypes) ?? []
        let future =
            event?.has("future_limit") == true ? event?.duration("future_limit") : .hours(24)
        let order = event?.has("out_of_order") == true ? event?.duration("out_of_order") : .zero
        let fields = fields()
        if let event, let type, ignorable.contains(type) {
            problems.error(
                event.valueMark("ignore"), "`\(type)` is both read and ignored",
                "remove it from `ignore`")
        }
        guard let kind, let fields else { return nil }
        checkFields(fields, of: kind)
        var metrics: [MetricContract] = []
        var marks: [String: Mark] = [:]
        if kind == .events {
            (metrics, marks) = MetricReader(fields: fields, problems: problems).read(mapping)
        } else if mapping.has("metrics") {
            problems.error(
                mapping.keyMark("metrics"), "a stream of measurements has metrics",
                "remove them: its readings are kept by indicator")
        }
        guard let name, let topic, let zone, let type, let future, let order else { return nil }
        let stream = StreamContract(
            name: name, kind: kind, topic: topic, zone: zone, eventType: type,
            ignorableTypes: ignorable,
            futureLimit: future, outOfOrder: order, fields: fields, metrics: metrics)
        let places = Places(
            name: mapping.valueMark("stream"), topic: mapping.valueMark("topic"), metrics: marks)
        return (stream, places)
    }

    private func ignorableTypes(_ event: MappingReader) -> [String] {
        let texts = event.texts("ignore", countMax: ContractLimits.ignorableTypesMax) ?? []
        return texts.compactMap {
            MappingReader.checkedName($0.text, $0.mark, "an item of `ignore`", problems)
        }
    }

    private func fields() -> [FieldContract]? {
        guard let node = mapping.node("fields", required: true),
            let entries = MappingReader.entries(node, subject: "`fields`", problems)
        else { return nil }
        guard entries.count <= ContractLimits.fieldsMax else {
            problems.error(
                node.mark, "`fields` has \(entries.count) fields",
                "name those that metrics need, \(ContractLimits.fieldsMax) at most; others are ignored"
            )
            return nil
        }
        let fields = entries.compactMap { FieldReader.read($0, problems) }
        return fields.count == entries.count ? fields : nil
    }

    /// What the fold and the book of measurements rely on.
    private func checkFields(_ fields: [FieldContract], of kind: StreamContract.Kind) {
        func need(
            _ name: String, _ kinds: String, optional: Bool = false,
            _ fits: (FieldContract.Kind) -> Bool
        ) {
            guard let field = fields.first(where: { $0.name == name }) else {
                if !optional {
                    problems.error(
                        mapping.keyMark("fields"), "the stream has no field `\(name)`",
                        "add `\(name): { kind: \(kinds), required: true }`")
                }
                return
            }
            if !fits(field.kind) || (!optional && !field.required) {
                problems.error(
                    mapping.keyMark("fields"),
                    "the field `\(name)` does not fit a stream of \(kind.rawValue)",
                    "write `\(name): { kind: \(kinds)\(optional ? "" : ", required: true") }`")
            }
        }

        need("division", "division") { $0 == .division }
        guard kind == .measurements else { return }
        need("indicator", "indicator") { $0 == .indicator }
        need("period", "period") { $0 == .period }
        need("value", "decimal, scale: \(ContractLimits.scaleMax)") {
            if case .decimal = $0 { true } else { false }
        }
        need("unit", "text, max_length: 32", optional: true) {
            if case .text = $0 { true } else { false }
        }
        need("basis", "word, words: [cumulative, period]", optional: true) {
            if case .word(let words) = $0 { Set(words) == ["cumulative", "period"] } else { false }
        }
        need("revision", "integer", optional: true) {
            if case .integer = $0 { true } else { false }
        }
        for field in fields
        where !["division", "indicator", "period", "value", "unit", "basis", "revision"].contains(
            field.name)
        {
            problems.error(
                mapping.keyMark("fields"),
                "a measurement's field `\(field.name)` would not be kept",
                "remove it")
        }
    }
}
