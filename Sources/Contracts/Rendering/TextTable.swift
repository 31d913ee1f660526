/// A table for terminals. Chinese characters take two columns there, and are counted so.
package struct TextTable: Sendable {
    package enum Alignment: Sendable { case left, right }

    private var columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    package init(_ columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

    /// Cells that are missing stay empty.
    package mutating func add(_ cells: [String]) { rows.append(cells) }

    /// One line for the titles, one a row; no spaces at their ends. A newline ends each.
    package var text: String {
        let titles = columns.map(\.title)
        var widths = titles.map(TextTable.width)
        for row in rows {
            for (index, cell) in row.enumerated() where index < widths.count {
                widths[index] = max(widths[index], TextTable.width(cell))
            }
        }
        return ([titles] + rows).map { line($0, widths) + "\n" }.joined()
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, column) in columns.enumerated() {
            let cell = index < cells.count ? cells[index] : ""
            let space = String(repeating: " ", count: widths[index] - TextTable.width(cell))
            if index > 0 { line += "  " }
            line += column.alignment == .left ? cell + space : space + cell
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Terminal columns: two for East Asian wide and fullwidth characters (UAX 11), none for
    /// combining marks.
    package static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { width, scalar in
            switch scalar.value {
            case 0x300...0x36F, 0x200B...0x200F, 0xFE00...0xFE0F: width
            case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3,
                0xF900...0xFAFF,
                0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF,
                0x20000...0x3FFFD:
                width + 2
            default: width + 1
            }
        }
    }

    /// The text cut to so many columns, with an ellipsis where something is missing.
    package static func cut(_ text: String, to columns: Int) -> String {
        guard width(text) > columns else { return text }
        var cut = ""
        var used = 0
        for character in text {
            let size = width(String(character))
            if used + size > columns - 1 { break }
            cut.append(character)
            used += size
        }
        return cut + "…"
    }
}
