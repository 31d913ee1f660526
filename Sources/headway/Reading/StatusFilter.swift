import Contracts
import Ledger
import Status

/// Which targets are wanted: `--sector`, `--status`, `--area`, and the beginning of an id. Options
/// repeat or take lists with commas; a word that fits nothing is refused with the nearest that does.
struct StatusFilter: Sendable {
    static let options: [Option] = [
        .value("sector", "S,...", "only targets of these sectors; repeats").repeating(),
        .value("status", "S,...", "only targets with these statuses; repeats").repeating(),
        .value(
            "area", "A,...", "only targets of these areas: headline, a number or a name; repeats"
        )
        .repeating(),
    ]

    var sectors: [String] = []
    var statuses: [String] = []
    var areas: [String] = []
    /// An id, the beginning of several, or a name.
    var target = ""

    init() {}

    init(_ invocation: Invocation) {
        sectors = StatusFilter.words(invocation.list("sector"))
        statuses = StatusFilter.words(invocation.list("status"))
        areas = StatusFilter.words(invocation.list("area"))
        target = invocation.positionals.first ?? ""
    }

    static func words(_ values: [String]) -> [String] {
        values.flatMap { $0.split(separator: ",") }.map {
            String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty }
    }

    /// Throws `UsageFailure` for a word that no target has.
    func chosen(_ all: [TargetStanding]) throws -> [TargetStanding] {
        var chosen = all
        if !sectors.isEmpty {
            let known = Set(all.map(\.sector)).sorted()
            try sectors.forEach { try StatusFilter.check($0, known, "sector") }
            chosen = chosen.filter { sectors.contains($0.sector) }
        }
        if !statuses.isEmpty {
            let wanted = try statuses.map(StatusFilter.status)
            chosen = chosen.filter { $0.status.map(wanted.contains) ?? false }
        }
        if !areas.isEmpty {
            func words(_ row: TargetStanding) -> [String] {
                [row.area, row.areaName(.zh), row.areaName(.en)].compactMap { $0 }
            }
            let known = Set(all.flatMap(words)).sorted()
            try areas.forEach { try StatusFilter.check($0, known, "area") }
            chosen = chosen.filter { row in words(row).contains(where: areas.contains) }
        }
        return try StatusFilter.named(target, among: chosen, of: all)
    }

    /// One that has exactly this id or name, or all that begin so.
    private static func named(
        _ target: String, among chosen: [TargetStanding], of all: [TargetStanding]
    ) throws -> [TargetStanding] {
        guard !target.isEmpty else { return chosen }
        let exact = chosen.filter {
            $0.target == target || $0.name(.zh) == target || $0.name(.en) == target
        }
        if !exact.isEmpty { return exact }
        let begun = chosen.filter { $0.target.hasPrefix(target) }
        if begun.isEmpty, !all.contains(where: { $0.target.hasPrefix(target) }) {
            let hint = Spelling.hint(for: target, in: all.map(\.target))
            throw CommandFailure("no judged target begins with \(target)\(hint)")
        }
        return begun
    }

    /// A status by its word of the wire or of either language.
    private static func status(_ word: String) throws -> TargetStatus {
        let plain = word.lowercased().replacing(" ", with: "_").replacing("-", with: "_")
        let found = TargetStatus.allCases.first {
            $0.rawValue == plain || Language.zh.word($0) == word
        }
        guard let found else {
            try check(word, TargetStatus.allCases.map(\.rawValue), "status")
            throw UsageFailure(message: "--status does not know \(word)", command: ["status"])
        }
        return found
    }

    private static func check(_ word: String, _ known: [String], _ option: String) throws {
        guard !known.contains(word) else { return }
        let hint = Spelling.hint(for: word, in: known)
        throw UsageFailure(
            message:
                "no target has the \(option) \(word)\(hint.isEmpty ? ": use one of " + known.joined(separator: ", ") : hint)",
            command: ["status"])
    }
}
