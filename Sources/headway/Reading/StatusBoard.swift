import Contracts
import Ledger
import Status

/// `headway status` as a page: plans, their areas with counts, a line a target, counts of all.
struct StatusBoard {
    var language: Language
    var paint: Paint
    /// Columns of the page.
    var width: Int

    /// Widths that all lines of a page share.
    private struct Layout {
        var status = 0
        var name = 0
        var id = 0
        var bar = 0
        var value = 0
        var goal = 0
        var pace = 6
        var projection = 0
        var since = 5
    }

    func lines(_ rows: [TargetStanding]) -> [String] {
        let layout = layout(rows)
        var lines: [String] = []
        for plan in StatusBoard.groups(rows, by: \.plan) {
            lines += heading(plan, layout)
            for area in StatusBoard.groups(plan, by: \.area) {
                lines.append("")
                lines.append(areaHeading(area))
                lines += area.map { line($0, layout) }
            }
            lines.append("")
            let total = language.pick(zh: "合计 \(plan.count) 项", en: "\(plan.count) targets")
            lines.append(paint(total, .bold) + "  " + counts(plan))
        }
        return lines.map(Columns.trimmed)
    }

    /// Rows that share a word, in the order of the first of each.
    static func groups(_ rows: [TargetStanding], by key: (TargetStanding) -> String)
        -> [[TargetStanding]]
    {
        var order: [String] = []
        var groups: [String: [TargetStanding]] = [:]
        for row in rows {
            if groups[key(row)] == nil { order.append(key(row)) }
            groups[key(row), default: []].append(row)
        }
        return order.compactMap { groups[$0] }
    }

    private func layout(_ rows: [TargetStanding]) -> Layout {
        var layout = Layout()
        layout.status =
            2 + Columns.widest(Set(rows.compactMap(\.status)).map { language.word($0) })
        layout.value = Columns.widest(rows.map(value))
        layout.goal = Columns.widest(rows.map(goal))
        layout.bar = width < 72 ? 6 : width < 100 ? 10 : width < 140 ? 14 : 20
        if width >= 110 {
            layout.projection = max(projectionTitle.count, Columns.widest(rows.map(projection)))
        }
        if width >= 100 { layout.since = 10 }
        let names = Columns.widest(rows.map { $0.name(language) })
        func rest() -> Int {
            let taken = [
                layout.status, layout.id, layout.bar, layout.value + 3 + layout.goal, layout.pace,
                layout.projection, layout.since,
            ].filter { $0 > 0 }
            return width - taken.reduce(0) { $0 + $1 + 1 }
        }
        // Long goals give way before names do.
        while rest() < 14, layout.goal > 8 { layout.goal -= 1 }
        let ids = Columns.widest(rows.map(\.target))
        if rest() - ids - 1 >= min(names, 28) { layout.id = ids }
        layout.name = max(8, min(names, rest()))
        return layout
    }

    private var projectionTitle: String { language.pick(zh: "预计", en: "projected") }

    private func heading(_ rows: [TargetStanding], _ layout: Layout) -> [String] {
        guard let first = rows.first else { return [] }
        let asOf = rows.compactMap { $0.instant("as_of") }.max()
        let zone = first.zone
        let time = PlanTime.minute(asOf, zone) + " " + (zone?.identifier ?? "")
        let when = language.pick(zh: "截至 \(time)", en: "as of \(time)")
        var titles = [
            Columns.left(language.pick(zh: "状态", en: "status"), layout.status),
            Columns.left(language.pick(zh: "目标", en: "target"), layout.name),
        ]
        if layout.id > 0 { titles.append(Columns.left("id", layout.id)) }
        titles += [
            Columns.left(language.pick(zh: "进度", en: "progress"), layout.bar),
            Columns.right(language.pick(zh: "现值", en: "value"), layout.value) + " / "
                + Columns.left(language.pick(zh: "目标值", en: "goal"), layout.goal),
            Columns.right(language.pick(zh: "序时比", en: "pace"), layout.pace),
        ]
        if layout.projection > 0 {
            titles.append(Columns.right(projectionTitle, layout.projection))
        }
        titles.append(Columns.left(language.pick(zh: "始于", en: "since"), layout.since))
        let bar = paint.hasBlocks ? "┃" : "|"
        let legend = language.pick(
            zh: "\(bar) 处为按序时进度应达到的位置", en: "\(bar) is where the trajectory stands")
        return [
            paint(first.title(language), .bold) + "  " + first.plan,
            when + paint("   " + legend, .dim), "",
            paint(Columns.trimmed(titles.joined(separator: " ")), .dim),
        ]
    }

    private func areaHeading(_ rows: [TargetStanding]) -> String {
        guard let first = rows.first else { return "" }
        let isNumber = first.area.allSatisfy { $0.isASCII && $0.isNumber }
        let name = first.areaName(language)
        let title =
            name.map { isNumber ? "\(first.area) \($0)" : $0 } ?? first.area
        let count = language.pick(zh: "\(rows.count) 项", en: "\(rows.count)")
        return paint(title, .bold) + "  " + count + ": " + counts(rows)
    }

    /// `5 achieved, 3 on track`, in colour.
    func counts(_ rows: [TargetStanding]) -> String {
        TargetStatus.readingOrder.compactMap { status in
            let count = rows.count { $0.status == status }
            guard count > 0 else { return nil }
            return paint(
                language.pick(
                    zh: "\(language.word(status)) \(count)", en: "\(count) \(language.word(status))"
                ),
                status.ink)
        }.joined(separator: language.pick(zh: "、", en: ", "))
    }

    private func line(_ row: TargetStanding, _ layout: Layout) -> String {
        let ink = row.status?.ink
        var cells = [
            paint(Columns.left(StatusBoard.statusText(row, language), layout.status), ink),
            Columns.left(row.name(language), layout.name),
        ]
        if layout.id > 0 { cells.append(paint(Columns.left(row.target, layout.id), .dim)) }
        let bar = TargetBar(
            value: row["value"], expected: row["expected"], goal: row["goal"] ?? "0")
        cells.append(bar.text(width: layout.bar, paint, ink))
        cells.append(
            Columns.right(value(row), layout.value) + paint(" / ", .dim)
                + Columns.left(goal(row), layout.goal))
        cells.append(Columns.right(ReadableFigure.percent(row["pace"]), layout.pace))
        if layout.projection > 0 { cells.append(Columns.right(projection(row), layout.projection)) }
        cells.append(since(row, layout))
        return cells.joined(separator: " ")
    }

    static func statusText(_ row: TargetStanding, _ language: Language) -> String {
        row.status.map { $0.sign + " " + language.word($0) } ?? "-"
    }

    private func value(_ row: TargetStanding) -> String {
        row["value"].map { ReadableFigure.bare($0, unit: row["unit"] ?? "", language) } ?? "-"
    }

    private func projection(_ row: TargetStanding) -> String {
        row["projected"].map { ReadableFigure.bare($0, unit: row["unit"] ?? "", language) } ?? "-"
    }

    private func goal(_ row: TargetStanding) -> String { StatusBoard.goal(row, language) }

    /// The promise: `1 亿人次`, `≤ 5.5%`, `≈ 8.5%`, `5–10 个`.
    static func goal(_ row: TargetStanding, _ language: Language) -> String {
        let unit = row["unit"] ?? ""
        let lower = row["goal"] ?? "0"
        if let upper = row["goal_max"] {
            return ReadableFigure.bare(lower, unit: unit, language) + "–"
                + ReadableFigure.full(upper, unit: unit, language)
        }
        let figure = ReadableFigure.full(lower, unit: unit, language)
        switch row["bound"] {
        case "at_most": return "≤ " + figure
        case "about": return "≈ " + figure
        default: return figure
        }
    }

    private func since(_ row: TargetStanding, _ layout: Layout) -> String {
        guard let instant = row.instant("since"), let zone = row.zone else { return "-" }
        let day = zone.day(at: instant).iso
        return layout.since < 10 ? String(day.dropFirst(5)) : day
    }
}
