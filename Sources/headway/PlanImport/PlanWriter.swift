import Contracts
import Foundation

/// The YAML of a plan that was made from a table, and which cell each line comes from.
struct PlanWriter {
    struct Line {
        var text: String
        var row: Int?
        var column: PlanColumn?
    }

    private(set) var lines: [Line] = []
    private let head: PlanHead
    private let measured: [String]

    var text: String { lines.map { $0.text + "\n" }.joined() }

    init(head: PlanHead, drafts: [TargetDraft], catalogue: Catalogue, file: String) {
        self.head = head
        let streams = Set(
            drafts.compactMap { draft -> String? in
                if case .indicator(_, let stream) = draft.source { return stream }
                return nil
            })
        measured = streams.sorted()
        let isOnly = catalogue.streams.count { $0.kind == .measurements } == 1
        writeHead(file, targets: drafts.count)
        for draft in drafts { write(draft, namesStream: !isOnly) }
    }

    private mutating func add(_ text: String, _ row: Int? = nil, _ column: PlanColumn? = nil) {
        lines.append(Line(text: text, row: row, column: column))
    }

    private mutating func writeHead(_ file: String, targets: Int) {
        add("# Made by `headway plan import` from \(PlanWriter.comment(file)): \(targets) targets.")
        add("# What no table says is taken for granted: read each comment, then take it out.")
        add(
            "# Topics/README.md explains every key; `headway plan check` tells what is wrong or doubtful."
        )
        add("plan: \(PlanWriter.scalar(head.id))", nil, .plan)
        add("revision: 1")
        let language = head.title.hasHan ? "zh" : "en"
        add("title: { \(language): \(PlanWriter.quoted(head.title)) }", nil, .title)
        add("zone: \(PlanWriter.scalar(head.zone))", nil, .zone)
        add(
            "period: { start: \(head.period.lowerBound.iso), end: \(head.period.upperBound.iso) }",
            nil, .periodStart)
        add("division: \(PlanWriter.scalar(head.division))", nil, .division)
        add("place: \(PlanWriter.scalar(head.place))", nil, .place)
        add("")
        add("defaults:")
        add("  all:")
        add("    rule:")
        add("      at_risk_below: 0.95      # pace: 1 is exactly on the trajectory")
        add("      off_track_below: 0.85")
        add("      recover_above: 0.97")
        add("      hold: 1 d")
        add("      dwell: 3 d")
        add("  kinds:")
        add("    milestone: { rule: { warn_before: 30 d } }")
        if !measured.isEmpty {
            add("  streams:")
            add(
                "    # How long until the next figure is late, and how long after the deadline the last may come?"
            )
        }
        for stream in measured {
            add(
                "    \(stream): { rule: { hold: 0 d, dwell: 0 d, stale_after: 120 d, grace: 45 d } }"
            )
        }
        add("")
        add("targets:")
    }

    private mutating func write(_ draft: TargetDraft, namesStream: Bool) {
        let row = draft.row
        add("")
        let written = draft.asWritten.map { ": " + PlanWriter.comment($0) } ?? ""
        add("  # Row \(row)\(written)")
        if draft.trajectory == nil {
            let course =
                switch draft.kind {
                case .total: "even growth"
                case .milestone: "nothing before its deadline"
                case .level, .growth, .delta: "the whole figure at all times"
                }
            add("  # Trajectory: the default of a \(draft.kind), \(course). Think it through.")
        }
        for assumption in draft.assumptions { add("  # Taken for granted: \(assumption)") }
        if let note = draft.note { add("  # \(PlanWriter.comment(note))") }
        add("  - id: \(PlanWriter.scalar(draft.id))", row, .id)
        let names = [("zh", draft.nameZh), ("en", draft.nameEn)].compactMap { language, name in
            name.map { "\(language): \(PlanWriter.quoted($0))" }
        }
        add(
            "    name: { \(names.joined(separator: ", ")) }", row,
            draft.nameZh == nil ? .nameEn : .nameZh)
        add("    sector: \(PlanWriter.scalar(draft.sector))", row, .sector)
        add("    area: \(PlanWriter.scalar(draft.area))", row, .area)
        add("    kind: \(draft.kind)", row, .kind)
        add("    bound: \(draft.bound.rawValue)", row, .bound)
        add("    value: \(draft.value)", row, .value)
        if let valueMax = draft.valueMax { add("    value_max: \(valueMax)", row, .valueMax) }
        if let tolerance = draft.tolerance { add("    tolerance: \(tolerance)", row, .tolerance) }
        if let slack = draft.slack { add("    slack: \(slack)", row, .slack) }
        add("    unit: \(PlanWriter.scalar(draft.unit))", row, .unit)
        writeDays(draft)
        switch draft.source {
        case .metric(let name, let condition):
            add("    metric: \(PlanWriter.scalar(name))", row, .metric)
            if let condition { add("    where: \(PlanWriter.condition(condition))", row, .where) }
        case .indicator(let name, let stream):
            if namesStream { add("    stream: \(stream)", row, .stream) }
            add("    indicator: \(PlanWriter.scalar(name))", row, .indicator)
        }
        if let course = draft.trajectory {
            add("    trajectory: \(PlanWriter.scalar(course))", row, .trajectory)
        }
        if draft.kind == .milestone {
            // Word of it comes once: silence is no fault.
            add("    rule: { stale_after: never }", row, .kind)
        }
    }

    private mutating func writeDays(_ draft: TargetDraft) {
        if let start = draft.windowStart, start != head.period.lowerBound {
            add("    window_start: \(start.iso)", draft.row, .windowStart)
        }
        if let end = draft.deadline, end != head.period.upperBound || draft.kind == .milestone {
            add("    deadline: \(end.iso)", draft.row, .deadline)
        }
    }

    // MARK: YAML

    /// `site=longmen` or `site: longmen` as a mapping.
    private static func condition(_ text: String) -> String {
        guard let split = text.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
            return quoted(text)
        }
        let (key, value) = (text[..<split].trimmed, text[text.index(after: split)...].trimmed)
        return "{ \(scalar(key)): \(scalar(value)) }"
    }

    /// As it is where it is plain, else in quotes.
    private static func scalar(_ text: String) -> String {
        text.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._\/-]*/) != nil ? text : quoted(text)
    }

    private static func quoted(_ text: String) -> String {
        // JSON's strings are YAML's.
        JSONValue.text(text).compact
    }

    /// On one line.
    private static func comment(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
