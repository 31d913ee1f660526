import Contracts
import Ledger
import Status

/// What divisions have of the event-fed targets: `--division`, and a part of a target's page.
struct DivisionBoard {
    var language: Language
    var paint: Paint
    var width: Int

    /// `--division` by code, or by name or its beginning. Throws `UsageFailure` for one that no event-fed target has.
    static func chosen(_ words: [String], _ all: [DivisionStanding]) throws -> [DivisionStanding] {
        func names(_ row: DivisionStanding) -> [String] {
            [row.code, row.name(.zh), row.name(.en)].compactMap { $0 }
        }
        let known = Set(all.flatMap(names)).sorted()
        // Names may be cut short: Luolong is Luolong District.
        func fits(_ word: String, _ name: String) -> Bool {
            name == word || Int(word) == nil && name.lowercased().hasPrefix(word.lowercased())
        }
        for word in words where !known.contains(where: { fits(word, $0) }) {
            let hint = Spelling.hint(for: word, in: known)
            let codes = Set(all.map(\.code)).sorted().joined(separator: ", ")
            throw UsageFailure(
                message: "no target counts events of the division \(word)"
                    + (hint.isEmpty ? ": use one of \(codes)" : hint), command: ["status"])
        }
        return all.filter { row in
            words.contains { word in names(row).contains { fits(word, $0) } }
        }
    }

    /// A block for each division: its targets, their own value, its share of the whole.
    func lines(_ divisions: [DivisionStanding], _ standings: [TargetStanding]) -> [String] {
        var order: [String] = []
        for row in divisions where !order.contains(row.code) { order.append(row.code) }
        var lines: [String] = []
        for code in order {
            let rows = divisions.filter { $0.code == code }.compactMap { row in
                standings.first { $0.plan == row.plan && $0.target == row.target }.map { (row, $0) }
            }
            guard let name = rows.first.map({ $0.0.name(language) ?? code }) else { continue }
            if !lines.isEmpty { lines.append("") }
            lines.append(paint(name, .bold) + (name == code ? "" : "  " + code))
            let values = rows.map { ReadableFigure.full($0.0.value, unit: $0.0.unit, language) }
            let status = 2 + Columns.widest(rows.compactMap { $0.1.status.map(language.word) })
            let value = Columns.widest(values)
            let bar = width < 100 ? 10 : 20
            let names = Columns.widest(rows.map { $0.1.name(language) })
            let label = max(8, min(names, width - status - value - bar - 12))
            for (index, (row, standing)) in rows.enumerated() {
                let share = TargetBar(share: row.share).text(width: bar, paint, .cyan)
                lines.append(
                    [
                        paint(
                            Columns.left(StatusBoard.statusText(standing, language), status),
                            standing.status?.ink),
                        Columns.left(standing.name(language), label),
                        Columns.right(values[index], value), share,
                        Columns.right(ReadableFigure.percent(row.share, decimals: 1), 6),
                    ].joined(separator: " "))
            }
        }
        lines.append("")
        lines.append(
            paint(
                language.pick(
                    zh: "状态为全市目标的状态;占比为该县区占全市合计的比重",
                    en: "Statuses are the whole place's; shares are of the sum over all divisions"),
                .dim)
        )
        return lines.map(Columns.trimmed)
    }

    /// The divisions of one target.
    func lines(ofTarget divisions: [DivisionStanding]) -> [String] {
        let values = divisions.map { ReadableFigure.full($0.value, unit: $0.unit, language) }
        let value = Columns.widest(values)
        let name = min(Columns.widest(divisions.map { $0.name(language) ?? $0.code }), 28)
        let bar = max(10, min(30, width - name - value - 22))
        return divisions.enumerated().map { index, row in
            [
                "  " + Columns.left(row.name(language) ?? row.code, name), paint(row.code, .dim),
                Columns.right(values[index], value),
                TargetBar(share: row.share).text(width: bar, paint, .cyan),
                Columns.right(ReadableFigure.percent(row.share, decimals: 1), 6),
            ].joined(separator: " ")
        }
    }
}
