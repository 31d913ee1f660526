/// Rows of text in columns, wide (East Asian) characters counted as two.
struct Table {
    var header: [String]
    var rows: [[String]] = []
    /// Columns whose text stands at the right, such as figures.
    var rightAligned: Set<Int> = []

    var text: String {
        let all = (header.isEmpty ? [] : [header]) + rows
        let count = all.map(\.count).max() ?? 0
        var widths = [Int](repeating: 0, count: count)
        for row in all {
            for (index, cell) in row.enumerated() {
                widths[index] = max(widths[index], Table.width(of: cell))
            }
        }
        return all.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[index] - Table.width(of: cell))
                let isLast = index == row.count - 1
                line += rightAligned.contains(index) ? space + cell : isLast ? cell : cell + space
                if !isLast { line += "  " }
            }
            return line + "\n"
        }.joined()
    }

    /// Places that the text takes on a terminal.
    static func width(of text: String) -> Int {
        text.unicodeScalars.reduce(0) { sum, scalar in
            switch scalar.value {
            case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
                0xFE30...0xFE6F,
                0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
                sum + 2
            default: sum + 1
            }
        }
    }

    /// The text cut to so many places, with an ellipsis where something is missing.
    static func cut(_ text: String, to places: Int) -> String {
        guard width(of: text) > places else { return text }
        var result = ""
        var used = 0
        for character in text {
            let size = width(of: String(character))
            if used + size > places - 1 { break }
            result.append(character)
            used += size
        }
        return result + "…"
    }
}
