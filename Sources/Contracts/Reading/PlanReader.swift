/// Reads a file of `Topics/plans` against the streams.
internal struct PlanReader {
    private static let keys = [
        "plan", "revision", "title", "zone", "period", "division", "place", "areas",
        "divisions", "defaults", "trajectories", "targets",
    ]

    private let mapping: MappingReader
    private let streams: KnownStreams
    private let problems: ProblemList

    /// Nil where the file has an error. The mark is that of the plan's name.
    static func read(
        _ node: YAMLNode, streams: KnownStreams, _ problems: ProblemList
    ) -> (plan: PlanContract, mark: Mark)? {
        guard let mapping = MappingReader(node, subject: "the plan", keys: keys, problems) else {
            return nil
        }
        let reader = PlanReader(mapping: mapping, streams: streams, problems: problems)
        guard let plan = reader.read() else { return nil }
        return (plan, mapping.valueMark("plan"))
    }

    private func read() -> PlanContract? {
        let id = id()
        let revision = mapping.integer("revision", in: 1...Int64(Int32.max), required: true)
        let title = PlanReader.pair(mapping, "title")
        let zone = mapping.zone("zone")
        let division = mapping.integer("division", in: 100_000...999_999, required: true)
        let place = place(of: division)
        let period = period()
        let names = PlanNamesReader(mapping: mapping, problems: problems)
        let areas = names.areas()
        let divisions = names.divisions(ofPlace: place)
        guard let period, let zone else { return nil }

        let trajectories = trajectories()
        let defaults = TargetDefaults(
            mapping, streams: streams, trajectories: trajectories, problems)
        let reader = TargetReader(
            period: period, zone: zone, streams: streams, trajectories: trajectories,
            defaults: defaults, problems: problems)
        let targets = targets(reader)
        guard let id, let revision, let title, let division, let place, let targets else {
            return nil
        }
        return PlanContract(
            id: id, revision: Int(revision), titleZh: title.zh, titleEn: title.en, zone: zone,
            periodStart: period.lowerBound, periodEnd: period.upperBound, division: Int32(division),
            place: place, areas: areas, divisions: divisions, targets: targets)
    }

    /// A `{ zh: ..., en: ... }` block. One language is enough: then it is shown to the readers of
    /// both.
    static func pair(_ mapping: MappingReader, _ key: String) -> (zh: String, en: String)? {
        mapping.mapping(key, keys: languages, required: true).flatMap { pair($0, of: key) }
    }

    /// The two languages of such a block itself.
    static func pair(_ names: MappingReader, of key: String) -> (zh: String, en: String)? {
        let zh = names.text("zh", lengthMax: ContractLimits.titleLengthMax)
        let en = names.text("en", lengthMax: ContractLimits.titleLengthMax)
        if !names.has("zh"), !names.has("en") {
            names.problems.error(
                names.mark, "`\(key)` has neither `zh` nor `en`",
                "write one of them, or both: where one is absent, the other is shown")
        }
        guard let either = zh ?? en else { return nil }
        return (zh ?? either, en ?? either)
    }

    static let languages = ["zh", "en"]

    /// The languages that a `{ zh: ..., en: ... }` block is written in.
    static func languages(_ mapping: MappingReader, _ key: String) -> [String] {
        guard case .mapping(let entries) = mapping.node(key)?.content else { return [] }
        return languages.filter { language in entries.contains { $0.key == language } }
    }

    private func id() -> String? {
        guard let id = mapping.text("plan", required: true) else { return nil }
        if id.isSlug { return id }
        problems.error(
            mapping.valueMark("plan"), "the plan's name is `\(id.prefix(60))`",
            "write lower-case letters, digits, `-` and `_`, such as luoyang-2023")
        return nil
    }

    private func period() -> ClosedRange<CivilDate>? {
        guard let period = mapping.mapping("period", keys: ["start", "end"], required: true) else {
            return nil
        }
        let start = period.day("start", required: true)
        let end = period.day("end", required: true)
        guard let start, let end else { return nil }
        guard start <= end, end.days(since: start) < 3_653 else {
            problems.error(
                period.valueMark("end"), "the period goes from \(start.iso) to \(end.iso)",
                "end it after it starts, within ten years")
            return nil
        }
        return start...end
    }

    private func place(of division: Int64?) -> String? {
        guard let place = mapping.text("place", required: true) else { return nil }
        guard (2...6).contains(place.utf8.count), place.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 })
        else {
            problems.error(
                mapping.valueMark("place"), "`place` is `\(place.prefix(40))`",
                "write the 2 to 6 digits that its divisions begin with, such as 4103")
            return nil
        }
        if let division, !String(division).hasPrefix(place) {
            problems.error(
                mapping.valueMark("place"),
                "the plan's division \(division) does not begin with \(place)",
                "write the first digits of `division`")
            return nil
        }
        return place
    }

    private func trajectories() -> [String: TrajectoryDraft] {
        guard let node = mapping.node("trajectories"),
            let entries = MappingReader.entries(node, subject: "`trajectories`", problems)
        else { return [:] }
        var named: [String: TrajectoryDraft] = [:]
        for entry in entries {
            guard !TrajectoryDraft.builtIn.contains(entry.key) else {
                problems.error(
                    entry.mark, "a trajectory is named `\(entry.key)`", "take another name")
                continue
            }
            // One that is wrong is known by name still: its targets need not be told of it again.
            named[entry.key] = TrajectoryDraft.readPoints(entry.value, problems) ?? .linear
        }
        return named
    }

    private func targets(_ reader: TargetReader) -> [TargetContract]? {
        guard let node = mapping.node("targets", required: true) else { return nil }
        guard case .list(let items) = node.content, !items.isEmpty else {
            problems.error(
                node.mark, "`targets` is \(node.description)", "write a list, `- id: ...` for each")
            return nil
        }
        guard items.count <= ContractLimits.targetsMax else {
            problems.error(
                node.mark, "`targets` has \(items.count) targets",
                "use \(ContractLimits.targetsMax) at most")
            return nil
        }
        var lines: [String: Int] = [:]
        var entries: [PlanDoubts.Entry] = []
        for item in items {
            guard let entry = reader.read(item) else { continue }
            if let line = lines[entry.target.id] {
                problems.error(
                    entry.mark,
                    "the target `\(entry.target.id)` was given on line \(line) already",
                    "give it its own id")
                continue
            }
            lines[entry.target.id] = entry.mark.line
            entries.append(entry)
        }
        PlanDoubts(entries: entries, problems: problems).tell()
        return entries.count == items.count ? entries.map(\.target) : nil
    }
}

/// The streams that a plan may name.
internal struct KnownStreams {
    var streams: [StreamContract]
    /// False where a stream's file has errors: names that are not found are then passed over.
    var isComplete: Bool

    var metrics: [(stream: StreamContract, metric: MetricContract)] {
        streams.flatMap { stream in stream.metrics.map { (stream, $0) } }
    }
}
