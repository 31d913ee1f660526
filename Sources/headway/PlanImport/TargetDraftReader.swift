import Contracts
import Foundation

/// Makes a target of each row, or tells what is wrong with it.
struct TargetDraftReader {
    let table: PlanTable
    let head: PlanHead
    let catalogue: Catalogue
    private(set) var problems: [PlanTableProblem] = []

    init(table: PlanTable, head: PlanHead, catalogue: Catalogue) {
        self.table = table
        self.head = head
        self.catalogue = catalogue
    }

    mutating func drafts() -> [TargetDraft] {
        var drafts: [TargetDraft] = []
        for row in table.rows {
            if let draft = draft(row) { drafts.append(draft) }
        }
        return drafts
    }

    mutating func problem(
        _ row: PlanTable.Row, _ column: PlanColumn?, _ what: String, _ instead: String
    ) {
        problems.append(
            PlanTableProblem(
                row: row.number, column: column.map(table.title), what: what, instead: instead))
    }

    private mutating func draft(_ row: PlanTable.Row) -> TargetDraft? {
        let before = problems.count
        var (nameZh, nameEn) = (table.text(.nameZh, row), table.text(.nameEn, row))
        // A column `name` may be Chinese.
        if nameZh == nil, let name = nameEn, name.hasHan { (nameZh, nameEn) = (name, nil) }
        if nameZh == nil, nameEn == nil {
            problem(
                row, table.has(.nameZh) ? .nameZh : .nameEn, "the target has no name",
                "write what is promised, in Chinese or in English")
        }
        let unit = unit(row)
        let written = written(row, unit)
        let kind = kind(row, unit: unit ?? written?.unit)
        let figure = figure(row, kind: kind, unit, written)
        let kindFound = kind ?? inferred(figure ?? written, unit)
        let id = id(row, nameEn)
        let windowStart = day(row, .windowStart)
        let deadline = day(row, .deadline)
        let bound = bound(row)
        let tolerance = plainFigure(row, .tolerance, unit)
        let slack = plainFigure(row, .slack, unit)
        let valueMax = plainFigure(row, .valueMax, unit)
        guard let id, let figure, problems.count == before,
            let source = source(row, id: id, kind: kindFound)
        else { return nil }
        let sector = table.text(.sector, row) ?? String(id.prefix { $0 != "." })
        guard let unitName = unitName(row, figure, unit, source, kindFound) else { return nil }
        var draft = TargetDraft(
            row: row.number, id: id, nameZh: nameZh, nameEn: nameEn, sector: sector.lowercased(),
            area: table.text(.area, row) ?? sector, kind: kindFound,
            bound: bound ?? figure.bound ?? written?.bound
                ?? (valueMax == nil ? .atLeast : .range),
            value: figure.value, valueMax: valueMax ?? figure.valueMax ?? written?.valueMax,
            tolerance: tolerance ?? figure.tolerance ?? written?.tolerance, slack: slack,
            unit: unitName, windowStart: windowStart, deadline: deadline, source: source,
            trajectory: table.text(.trajectory, row),
            asWritten: table.text(.valueAsWritten, row) ?? table.text(.value, row),
            note: table.text(.note, row))
        if draft.bound != .range { draft.valueMax = nil }
        if kind == nil {
            draft.assumptions.append("its kind was taken from the figure: is it a \(kindFound)?")
        }
        complete(&draft)
        return draft
    }

    /// What plans must say and tables leave out.
    private func complete(_ draft: inout TargetDraft) {
        let isPercent = ["percent", "percentage_points"].contains(draft.unit)
        if draft.bound == .about, draft.tolerance == nil {
            draft.tolerance = draft.value == 0 ? 1 : abs(draft.value) / 10
            draft.assumptions.append("the tolerance is a tenth of the figure: how far off is kept?")
        }
        if draft.value == 0, draft.slack == nil {
            draft.slack = isPercent ? 10 : 1
            draft.assumptions.append(
                "the slack is how far from 0 is as bad as it gets: say so yourself")
        }
    }

    // MARK: Cells

    private func unit(_ row: PlanTable.Row) -> WrittenUnit? {
        (table.text(.unit, row) ?? table.unit(of: .value)).map(WrittenUnit.init)
    }

    private mutating func id(_ row: PlanTable.Row, _ nameEn: String?) -> String? {
        let sector = table.text(.sector, row)?.lowercased()
        if let id = table.text(.id, row) {
            return id.contains(".") || sector == nil ? id : "\(sector ?? "").\(id)"
        }
        var slug = ""
        for character in (nameEn ?? "").lowercased() {
            if character.isASCII, character.isLetter || character.isNumber {
                slug.append(character)
            } else if !slug.isEmpty, slug.last != "-" {
                slug.append("-")
            }
        }
        while slug.last == "-" { slug.removeLast() }
        guard !slug.isEmpty, let sector, !sector.hasHan else {
            problem(
                row, .id, "the target has no id",
                "write one that is kept for ever, such as tourism.visitors"
                    + (slug.isEmpty ? "" : ", or a `sector` to go before `\(slug.prefix(40))`"))
            return nil
        }
        return "\(sector).\(slug.prefix(80))"
    }

    private static let kinds: [String: TargetContract.Kind] = [
        "总量": .total, "累计": .total, "合计": .total, "水平": .level, "存量": .level, "增速": .growth,
        "增长": .growth, "提高": .delta, "百分点": .delta, "节点": .milestone, "里程碑": .milestone,
        "事项": .milestone,
    ]

    /// Nil where the row does not say; a word that is none is a problem.
    private mutating func kind(_ row: PlanTable.Row, unit: WrittenUnit?) -> TargetContract.Kind? {
        guard let text = table.text(.kind, row) else {
            return unit?.name == "milestone" ? .milestone : nil
        }
        if let kind = TargetContract.Kind(rawValue: text.lowercased()) ?? Self.kinds[text] {
            return kind
        }
        let names = TargetContract.Kind.allCases.map(\.rawValue)
        problem(
            row, .kind, "there is no kind `\(text.prefix(40))`",
            Catalogue.suggestion(for: text, among: names))
        return nil
    }

    private func inferred(_ figure: WrittenFigure?, _ unit: WrittenUnit?) -> TargetContract.Kind {
        let name = unit.flatMap { $0.name.isEmpty ? nil : $0.name } ?? figure?.unit?.name
        switch name {
        case "percentage_points": return .delta
        case "percent": return figure?.isGrowth == true ? .growth : .level
        default: return .total
        }
    }

    private static let bounds: [String: TargetContract.Bound] = [
        "≥": .atLeast, ">=": .atLeast, "不低于": .atLeast, "下限": .atLeast, "≤": .atMost,
        "<=": .atMost, "不高于": .atMost, "不超过": .atMost, "上限": .atMost, "左右": .about,
        "约": .about, "区间": .range, "范围": .range,
    ]

    private mutating func bound(_ row: PlanTable.Row) -> TargetContract.Bound? {
        guard let text = table.text(.bound, row) else { return nil }
        let plain = text.lowercased().replacing(" ", with: "_")
        if let bound = TargetContract.Bound(rawValue: plain) ?? Self.bounds[text] { return bound }
        let names = TargetContract.Bound.allCases.map(\.rawValue)
        problem(
            row, .bound, "there is no bound `\(text.prefix(40))`",
            Catalogue.suggestion(for: text, among: names))
        return nil
    }

    private mutating func day(_ row: PlanTable.Row, _ column: PlanColumn) -> CivilDate? {
        guard let text = table.text(column, row) else { return nil }
        do throws(WrittenDay.Failure) {
            return try WrittenDay.read(text, in: head.period)
        } catch {
            problem(row, column, error.what, error.instead)
            return nil
        }
    }
}

extension StringProtocol {
    /// Has Chinese characters.
    var hasHan: Bool { unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) } }
}
