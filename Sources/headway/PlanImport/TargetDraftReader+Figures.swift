import Contracts
import Foundation

extension TargetDraftReader {
    /// The figure in the words of the promise; nil where they have none, which is no problem while
    /// there is a column of values.
    func written(_ row: PlanTable.Row, _ unit: WrittenUnit?) -> WrittenFigure? {
        guard let text = table.text(.valueAsWritten, row) else { return nil }
        do throws(WrittenFigure.Failure) {
            return try WrittenFigure.read(text, unit: unit)
        } catch {
            return nil
        }
    }

    /// The column of values, else the words of the promise; of a milestone 1.
    mutating func figure(
        _ row: PlanTable.Row, kind: TargetContract.Kind?, _ unit: WrittenUnit?,
        _ written: WrittenFigure?
    ) -> WrittenFigure? {
        let column: PlanColumn = table.text(.value, row) == nil ? .valueAsWritten : .value
        guard let text = table.text(column, row) else {
            if kind == .milestone { return WrittenFigure(value: 1, unit: WrittenUnit("milestone")) }
            problem(
                row, table.has(.value) || !table.has(.valueAsWritten) ? .value : .valueAsWritten,
                "the target has no figure", "write what is promised, such as 9万人以上 or 90000")
            return nil
        }
        do throws(WrittenFigure.Failure) {
            let figure = try WrittenFigure.read(text, unit: unit)
            if column == .value, let written, written.value != figure.value {
                problem(
                    row, .valueAsWritten,
                    "its figure is \(written.value), that of column "
                        + "\(table.title(.value)) \(figure.value)",
                    "correct the one that is wrong: is it a slip of 万 or 亿?")
            }
            return figure
        } catch {
            if kind == .milestone, column == .valueAsWritten {
                return WrittenFigure(value: 1, unit: WrittenUnit("milestone"))
            }
            problem(row, column, error.what, error.instead)
            return nil
        }
    }

    /// A figure that is alone in its cell.
    mutating func plainFigure(
        _ row: PlanTable.Row, _ column: PlanColumn, _ unit: WrittenUnit?
    ) -> Decimal? {
        guard let text = table.text(column, row) else { return nil }
        do throws(WrittenFigure.Failure) {
            return try WrittenFigure.read(text, unit: unit).value
        } catch {
            problem(row, column, error.what, error.instead)
            return nil
        }
    }

    /// The unit's column, else the metric's, else what stands behind the figure.
    mutating func unitName(
        _ row: PlanTable.Row, _ figure: WrittenFigure, _ unit: WrittenUnit?,
        _ source: TargetDraft.Source, _ kind: TargetContract.Kind
    ) -> String? {
        if let name = unit?.name, !name.isEmpty { return name }
        if case .metric(let name, _) = source, let found = catalogue.metric(named: name) {
            return found.metric.unit
        }
        if let name = figure.unit?.name, !name.isEmpty { return name }
        if kind == .milestone { return "milestone" }
        problem(
            row, .unit, "the figure has no unit", "write one, such as persons, CNY or percent")
        return nil
    }

    // MARK: Sources

    /// By the columns metric, indicator and stream; where they are silent, the metric of the
    /// target's name, else the indicator of that name.
    mutating func source(
        _ row: PlanTable.Row, id: String, kind: TargetContract.Kind
    ) -> TargetDraft.Source? {
        let condition = table.text(.where, row)
        if let metric = table.text(.metric, row) { return .metric(metric, condition: condition) }
        let stream = table.text(.stream, row)
        if let stream, catalogue.stream(named: stream) == nil {
            let names = catalogue.streams.map(\.name)
            problem(
                row, .stream, "there is no stream `\(stream.prefix(60))`",
                Catalogue.suggestion(for: stream, among: names))
            return nil
        }
        let either = table.text(.fedBy, row)
        let name = table.text(.indicator, row) ?? either ?? id
        let found = catalogue.metric(named: name)
        if table.text(.indicator, row) == nil, let found,
            stream == nil || stream == found.stream.name,
            either != nil || kind == .total || kind == .milestone
        {
            return .metric(name, condition: condition)
        }
        let measured = catalogue.streams.filter { $0.kind == .measurements }.map(\.name)
        if let stream, !measured.contains(stream) {
            let metrics = catalogue.stream(named: stream)?.metrics.map(\.name) ?? []
            problem(
                row, table.has(.metric) ? .metric : .stream,
                "`\(stream)` is a stream of events and has no metric `\(name.prefix(60))`",
                "name it in a column `metric`: " + Catalogue.suggestion(for: name, among: metrics))
            return nil
        }
        guard let stream = stream ?? measured.first, stream == measured.first || measured.count > 1
        else {
            problem(
                row, .stream, "no stream has measurements", "declare one under Topics/streams")
            return nil
        }
        return .indicator(name, stream: stream)
    }
}
