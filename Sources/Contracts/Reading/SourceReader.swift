/// Reads where a target's value comes from: `metric` (with `where`), or `indicator`.
internal struct SourceReader {
    let streams: KnownStreams
    /// The plan's.
    let zone: Zone
    /// The target's window. Nil where it is wrong.
    let days: ClosedRange<CivilDate>?
    let problems: ProblemList

    func read(
        _ mapping: MappingReader, kind: TargetContract.Kind?, unit: String?
    ) -> (source: TargetContract.Source, scale: Int)? {
        guard mapping.has("metric") != mapping.has("indicator") else {
            problems.error(
                mapping.mark,
                "the target has \(mapping.has("metric") ? "both" : "neither") `metric` "
                    + "and `indicator`",
                "write `metric: NAME` for events or `indicator: NAME` for measurements")
            return nil
        }
        let stream = mapping.has("stream") ? namedStream(mapping) : nil
        if mapping.has("stream"), stream == nil { return nil }
        return mapping.has("metric")
            ? metric(mapping, in: stream, kind, unit) : indicator(mapping, in: stream)
    }

    private func namedStream(_ mapping: MappingReader) -> StreamContract? {
        guard let name = mapping.name("stream") else { return nil }
        if let stream = streams.streams.first(where: { $0.name == name }) { return stream }
        if streams.isComplete {
            problems.error(
                mapping.valueMark("stream"), "there is no stream `\(name)`",
                Spelling.suggestion(for: name, among: streams.streams.map(\.name)))
        }
        return nil
    }

    private func indicator(
        _ mapping: MappingReader, in named: StreamContract?
    ) -> (source: TargetContract.Source, scale: Int)? {
        guard let name = mapping.name("indicator", required: true) else { return nil }
        guard name.contains(".") else {
            problems.error(
                mapping.valueMark("indicator"), "the indicator is `\(name)`",
                "write parts joined by a dot, such as economy.gdp-growth; events name it so")
            return nil
        }
        if mapping.has("where") {
            problems.error(mapping.keyMark("where"), "an indicator has no `where`", "remove it")
            return nil
        }
        let candidates = (named.map { [$0] } ?? streams.streams).filter { $0.kind == .measurements }
        guard candidates.count == 1, let stream = candidates.first else {
            if streams.isComplete {
                problems.error(
                    mapping.keyMark("indicator"),
                    candidates.isEmpty
                        ? "no stream of measurements is there"
                        : "several streams have measurements",
                    "write `stream: NAME` of a stream of measurements")
            }
            return nil
        }
        var scale = ContractLimits.scaleMax
        if case .decimal(let decimals, _, _) = stream.fields.first(where: { $0.name == "value" })?
            .kind
        {
            scale = decimals
        }
        return (.indicator(stream: stream.name, indicator: name), scale)
    }

    private func metric(
        _ mapping: MappingReader, in named: StreamContract?, _ kind: TargetContract.Kind?,
        _ unit: String?
    ) -> (source: TargetContract.Source, scale: Int)? {
        guard let name = mapping.name("metric") else { return nil }
        guard let (stream, metric) = streams.metrics.first(where: { $0.metric.name == name }) else {
            if streams.isComplete {
                problems.error(
                    mapping.valueMark("metric"), "there is no metric `\(name)`",
                    Spelling.suggestion(for: name, among: streams.metrics.map(\.metric.name)))
            }
            return nil
        }
        let errors = problems.errorCount
        if let named, named.name != stream.name {
            problems.error(
                mapping.valueMark("stream"), "`\(name)` is a metric of `\(stream.name)`",
                "write that, or leave `stream` out")
        }
        if let kind, kind != .total, kind != .milestone, kind != .growth {
            problems.error(
                mapping.keyMark("metric"), "a metric sums events, which is no \(kind.rawValue)",
                "write `kind: total`, `kind: growth` for its change against the year before, or "
                    + "feed the target by `indicator`")
        }
        if let days,
            !zone.sharesHours(
                with: stream.zone,
                from: kind == .growth
                    ? days.lowerBound
                        .adding(years: -1) : days.lowerBound, to: days.upperBound)
        {
            problems.error(
                mapping.keyMark("metric"),
                "`\(name)` is kept by hours of \(stream.zone.identifier), which do not begin with "
                    + "those of the plan's \(zone.identifier)",
                "write a `zone` that is whole hours away from the stream's")
        }
        if kind == .growth {
            if let unit, unit != "percent" {
                problems.error(
                    mapping.valueMark("unit"),
                    "`unit` is `\(unit)`, but growth is counted in percent",
                    "write `unit: percent` and the figures in it")
            }
        } else if let unit, unit != metric.unit {
            problems.error(
                mapping.valueMark("unit"),
                "`unit` is `\(unit)`, but `\(name)` is counted in `\(metric.unit)`",
                "write `unit: \(metric.unit)` and the figures in it")
        }
        let narrowed = mapping.node("where").flatMap { member($0, of: metric, in: stream) }
        guard problems.errorCount == errors else { return nil }
        let source = TargetContract.Source.metric(
            stream: stream.name, metric: name, breakdown: narrowed?.breakdown,
            member: narrowed?.member)
        return (source, kind == .growth ? ContractLimits.scaleMax : metric.scale)
    }

    private func member(
        _ node: YAMLNode, of metric: MetricContract, in stream: StreamContract
    ) -> (breakdown: String, member: String)? {
        guard let entries = MappingReader.entries(node, subject: "`where`", problems) else {
            return nil
        }
        guard entries.count == 1, let entry = entries.first else {
            problems.error(
                node.mark, "`where` has \(entries.count) conditions",
                "write one, { BREAKDOWN: MEMBER }")
            return nil
        }
        guard metric.breakdowns.contains(entry.key),
            let field = stream.fields.first(where: { $0.name == entry.key })
        else {
            problems.error(
                entry.mark, "`\(metric.name)` is not broken down by `\(entry.key.prefix(40))`",
                Spelling.suggestion(for: entry.key, among: metric.breakdowns))
            return nil
        }
        guard let member = MappingReader.scalar(entry.value, "`\(entry.key)`", problems) else {
            return nil
        }
        switch field.kind {
        case .word(let words) where !words.contains(member):
            problems.error(
                entry.value.mark, "`\(entry.key)` is never `\(member.prefix(40))`",
                Spelling.suggestion(for: member, among: words))
            return nil
        case .region where !member.isRegion:
            problems.error(
                entry.value.mark, "`\(member.prefix(40))` is no ISO 3166 code",
                "write one such as JP or CN-41")
            return nil
        case .slug where !member.isSlug, .slugs where !member.isSlug:
            problems.error(
                entry.value.mark, "`\(member.prefix(40))` is no slug",
                "write lower-case letters, digits, `-` and `_`")
            return nil
        default:
            return (entry.key, member)
        }
    }
}
