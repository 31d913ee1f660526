import Contracts

/// Text in columns of a terminal: wide characters take two, colours none.
enum Columns {
    static func left(_ text: String, _ width: Int) -> String {
        let cut = TextTable.cut(text, to: max(1, width))
        return cut + String(repeating: " ", count: max(0, width - TextTable.width(cut)))
    }

    static func right(_ text: String, _ width: Int) -> String {
        let cut = TextTable.cut(text, to: max(1, width))
        return String(repeating: " ", count: max(0, width - TextTable.width(cut))) + cut
    }

    /// Without spaces at its end.
    static func trimmed(_ line: String) -> String {
        var line = line[...]
        while line.last == " " { line.removeLast() }
        return String(line)
    }

    static func widest(_ texts: some Sequence<String>) -> Int {
        texts.lazy.map(TextTable.width).max() ?? 0
    }

    /// How wide a page is: COLUMNS, else the terminal's width, else 100; 60 to 240.
    static func ofPage(_ environment: [String: String], terminal: Int?) -> Int {
        let given = environment["COLUMNS"].flatMap(Int.init)
        return min(max(given ?? terminal ?? 100, 60), 240)
    }
}
