import Contracts
import Foundation
import Status

/// A change of the log in one line for people.
struct ChangeLine: Decodable {
    struct Goal: Decodable {
        var unit: String
    }

    var plan: String
    var sequence: Int64
    var target: String
    var from: String?
    var to: String
    var cause: String
    var asOf: String
    var value: String?
    var expected: String?
    var pace: String?
    var goal: Goal

    /// `data`: the published JSON.
    init(data: String) throws {
        self = try JSONDecoder().decode(ChangeLine.self, from: Data(data.utf8))
    }

    /// `2023-07-01 00:00 #42 ▲ at risk (was on track)  Visitors received  43.12 M of 49.58 M
    /// expected, pace 86%; new figures`. `name`: nil leaves the target out.
    func text(name: String?, zone: Zone?, _ language: Language, _ paint: Paint) -> String {
        let time =
            Instant(rfc3339: asOf).flatMap { at in zone.map { PlanTime.minute(at, $0) } } ?? asOf
        let status = TargetStatus(rawValue: to)
        let word = status.map { $0.sign + " " + language.word($0) } ?? to
        let before = from.map { TargetStatus(rawValue: $0).map(language.word) ?? $0 }
        var parts = [
            time + paint(" #\(sequence)", .dim),
            paint(word, status?.ink)
                + (before.map { paint(language.pick(zh: " (原\($0))", en: " (was \($0))"), .dim) }
                    ?? ""),
        ]
        if let name { parts.append(paint(name, .bold)) }
        let why = ChangeCause(rawValue: cause).map(language.word) ?? cause
        let figures = figures(language)
        parts.append((figures.isEmpty ? "" : figures + language.pick(zh: ";", en: "; ")) + why)
        return parts.joined(separator: "  ")
    }

    private func figures(_ language: Language) -> String {
        guard let value else { return "" }
        var text = ReadableFigure.full(value, unit: goal.unit, language)
        if let expected {
            let figure = ReadableFigure.bare(expected, unit: goal.unit, language)
            text = language.pick(zh: "\(text),应达 \(figure)", en: "\(text), \(figure) expected")
        }
        if let pace {
            let percent = ReadableFigure.percent(pace)
            text += language.pick(zh: ",序时比 \(percent)", en: ", pace \(percent)")
        }
        return text
    }
}
