import Contracts
import Foundation

/// A promise as people write its figure: `9万人以上`, `2600亿元`, `5.5%以内`, `3—5条`, `增长6%左右`,
/// `at least 1.2 million`.
struct WrittenFigure: Sendable, Equatable {
    /// In base units.
    var value: Decimal
    /// Of a range.
    var valueMax: Decimal?
    /// Of `6 ± 1`.
    var tolerance: Decimal?
    /// Nil where no word says so.
    var bound: TargetContract.Bound?
    /// Nil where only a figure was written.
    var unit: WrittenUnit?
    /// It is a change: `增长`, `growth`.
    var isGrowth = false

    struct Failure: Error, Sendable, Equatable {
        var what: String
        var instead: String
    }

    /// - Parameter unit: of bare figures, from the unit's column or the header.
    static func read(_ text: String, unit: WrittenUnit?) throws(Failure) -> WrittenFigure {
        let plain = normalised(text)
        for word in ["下降", "降低", "减少", "压减", "reduc", "decreas", "cut by"]
        where plain.contains(word) {
            throw Failure(
                what: "`\(text.prefix(40))` is a fall",
                instead: "write the change with its sign, such as -5, and `at_most` as its bound")
        }
        guard let parts = try parts(plain, text) else {
            throw Failure(
                what: "`\(text.prefix(40))` is no figure",
                instead: "write digits, such as 90000, 9万 or 3.15%")
        }
        var figure = WrittenFigure(value: parts.first.value)
        var words = Words(parts.words)
        figure.bound = try words.takeBound(text)
        figure.isGrowth = words.takeGrowth()
        let written = parts.unit.isEmpty ? nil : WrittenUnit(words.unit(parts.unit))
        let power = parts.last.power ?? parts.first.power
        figure.unit = try figure.agreed(
            written.flatMap { $0.name.isEmpty ? nil : $0 }, power: power, column: unit, text)
        let scale = power ?? unit?.magnitude ?? 0
        figure.value = scaled(parts.first.value, parts.first.power ?? scale)
        if parts.sort == .range {
            figure.valueMax = scaled(parts.last.value, parts.last.power ?? scale)
            figure.bound = .range
        } else if parts.sort == .tolerance {
            figure.tolerance = scaled(parts.last.value, parts.last.power ?? scale)
            figure.bound = .about
        }
        return figure
    }

    // MARK: Parts

    private enum Sort { case single, range, tolerance }

    private struct Number {
        var value: Decimal
        var power: Int?
    }

    private struct Parts {
        var first: Number
        var last: Number
        var sort: Sort
        /// Before and after the figures.
        var words: String
        /// Behind the last figure.
        var unit: String
    }

    private static func normalised(_ text: String) -> String {
        var plain = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            // Full-width digits and signs.
            case 0xFF01...0xFF5E:
                plain.unicodeScalars.append(UnicodeScalar(UInt8(scalar.value - 0xFEE0)))
            case 0x2212, 0x2010, 0x2011: plain += "-"
            default: plain.unicodeScalars.append(scalar)
            }
        }
        // Separators of thousands.
        let grouped = /([0-9]{1,3}(?:,[0-9]{3})+)(?![0-9,])/
        return plain.lowercased().replacing(grouped) { $0.1.replacing(",", with: "") }
    }

    /// Nil where there is no figure. Throws where there are several and they are no range.
    private static func parts(_ plain: String, _ text: String) throws(Failure) -> Parts? {
        // Not \d, for which 万 is a digit as well.
        let number =
            #/
            (-?) ([0-9]+ (?:\.[0-9]+)?) \s*
            (万亿|千万|百万|亿|万|千(?!米)|百(?!分)|billion|million|thousand|bn)?
            /#
        var found: [(range: Range<String.Index>, number: Number)] = []
        for match in plain.matches(of: number) {
            let before = plain[..<match.range.lowerBound].last
            // In `5-10` and `km2` it is no sign, or no figure.
            let isSigned = !match.1.isEmpty && (before.map { !$0.isNumber && $0 != "%" } ?? true)
            if let before, before.isLetter, before.isASCII, match.1.isEmpty { continue }
            guard let value = Decimal(string: (isSigned ? "-" : "") + String(match.2)) else {
                continue
            }
            let power = match.3.flatMap { word in
                WrittenUnit.magnitudes.first { $0.word == String(word) }?.power
            }
            found.append((match.range, Number(value: value, power: power)))
        }
        guard let first = found.first, let last = found.last else { return nil }
        let head = String(plain[..<first.range.lowerBound])
        let tail = String(plain[last.range.upperBound...])
        if found.count == 1 {
            return Parts(
                first: first.number, last: last.number, sort: .single, words: head + "\n" + tail,
                unit: tail)
        }
        var between = String(plain[first.range.upperBound..<last.range.lowerBound])
        if plain[last.range].hasPrefix("-") { between += "-" }
        let joint = between.replacing(/^[%\p{L}]*?(?=[^\p{L}%]|至|到|to\b)/, with: "").trimmed
        if found.count == 2, ["±", "+-", "+/-"].contains(joint) {
            return Parts(
                first: first.number, last: last.number, sort: .tolerance, words: head + "\n" + tail,
                unit: tail)
        }
        if found.count == 2, ["-", "–", "—", "——", "~", "～", "至", "到", "to"].contains(joint) {
            return Parts(
                first: first.number, last: last.number, sort: .range, words: head + "\n" + tail,
                unit: tail)
        }
        throw Failure(
            what: "`\(text.prefix(40))` has \(found.count) figures",
            instead: "write one, or a range such as 3—5")
    }

    private static func scaled(_ value: Decimal, _ power: Int) -> Decimal {
        Decimal(sign: .plus, exponent: power, significand: value)
    }

    /// The unit, where what stands behind the figure and the unit's column do not contradict one
    /// another.
    private func agreed(
        _ written: WrittenUnit?, power: Int?, column: WrittenUnit?, _ text: String
    ) throws(Failure) -> WrittenUnit? {
        guard let column else { return written }
        if let power, let wanted = column.magnitude, power != wanted {
            throw Failure(
                what: "`\(text.prefix(40))` is in another unit than the one of its column",
                instead: "write it in one of them")
        }
        if let written, !column.name.isEmpty, written.isPercent != column.isPercent {
            throw Failure(
                what: "`\(text.prefix(40))` is in \(written.name), its unit says \(column.name)",
                instead: "correct one of them")
        }
        return column.name.isEmpty ? written : column
    }
}
