/// A plan's `defaults`: `all`, then the target's kind, then its stream; the target's own keys win
/// over them.
internal struct TargetDefaults {
    struct Layer {
        var trajectory: TrajectoryDraft?
        var rule = RuleDraft()

        mutating func overlay(_ other: Layer) {
            trajectory = other.trajectory ?? trajectory
            rule.overlay(other.rule)
        }
    }

    private var all = Layer()
    private var kinds: [TargetContract.Kind: Layer] = [:]
    private var streamLayers: [String: Layer] = [:]

    init(
        _ plan: MappingReader, streams: KnownStreams, trajectories: [String: TrajectoryDraft],
        _ problems: ProblemList
    ) {
        func layer(_ node: YAMLNode, _ subject: String) -> Layer {
            guard
                let mapping = MappingReader(
                    node, subject: subject, keys: ["trajectory", "rule"], problems)
            else { return Layer() }
            var layer = Layer()
            layer.trajectory = mapping.node("trajectory").flatMap {
                TrajectoryDraft.read($0, named: trajectories, problems)
            }
            if let rule = mapping.mapping("rule", keys: RuleDraft.keys) {
                layer.rule = RuleDraft(rule)
            }
            return layer
        }

        guard let defaults = plan.mapping("defaults", keys: ["all", "kinds", "streams"]) else {
            return
        }
        if let node = defaults.node("all") { all = layer(node, "`all`") }
        if let kinds = defaults.mapping("kinds", keys: TargetContract.Kind.allCases.map(\.rawValue))
        {
            for kind in TargetContract.Kind.allCases {
                guard let node = kinds.node(kind.rawValue) else { continue }
                self.kinds[kind] = layer(node, "`\(kind.rawValue)`")
            }
        }
        guard let node = defaults.node("streams"),
            let entries = MappingReader.entries(node, subject: "`streams`", problems)
        else { return }
        let names = streams.streams.map(\.name)
        for entry in entries {
            if streams.isComplete, !names.contains(entry.key) {
                problems.error(
                    entry.mark, "there is no stream `\(entry.key.prefix(60))`",
                    Spelling.suggestion(for: entry.key, among: names))
                continue
            }
            streamLayers[entry.key] = layer(entry.value, "`\(entry.key)`")
        }
    }

    /// What a target has before its own keys. Without any default: totals are even, milestones due
    /// at their deadline, the rest is expected at all times.
    func layer(kind: TargetContract.Kind, stream: String) -> Layer {
        var layer = Layer()
        switch kind {
        case .total: layer.trajectory = .linear
        case .milestone: layer.trajectory = .due
        case .level, .growth, .delta: layer.trajectory = .constant
        }
        layer.overlay(all)
        if let ofKind = kinds[kind] { layer.overlay(ofKind) }
        if let ofStream = streamLayers[stream] { layer.overlay(ofStream) }
        return layer
    }
}
