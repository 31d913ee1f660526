import Contracts

/// A table of targets: rows as people number them in a spreadsheet, columns by what they hold.
struct PlanTable: Sendable {
    struct Row: Sendable {
        /// The header is row 1.
        var number: Int
        var cells: [String]
    }

    let header: [String]
    let rows: [Row]
    /// Headers that say nothing to us.
    let passedOver: [String]
    private let places: [PlanColumn: Int]

    /// More than a plan may have targets.
    static let rowsMax = ContractLimits.targetsMax

    /// Throws `CommandFailure` where the file is no table, `PlanTableProblems` where its header or
    /// the count of its cells is wrong.
    init(_ bytes: UnsafeRawBufferPointer) throws {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw CommandFailure("the file is not UTF-8: save it as `CSV UTF-8`")
        }
        var reader = CSVReader(bytes)
        guard let first = try reader.next() else { throw CommandFailure("the file is empty") }
        header = first.cells.map(\.trimmed)
        var problems: [PlanTableProblem] = []
        var places: [PlanColumn: Int] = [:]
        var passedOver: [String] = []
        for (index, name) in header.enumerated() where !name.isEmpty {
            guard let column = PlanColumn(header: name) else {
                if !PlanColumn.passedOver.contains(PlanColumn.normalised(name)) {
                    passedOver.append(name)
                }
                continue
            }
            if let other = places[column] {
                problems.append(
                    PlanTableProblem(
                        row: 1, column: PlanTable.title(index, header),
                        what: "it says the same as column \(PlanTable.letters(other))",
                        instead: "keep one of them"))
            } else {
                places[column] = index
            }
        }
        self.places = places
        self.passedOver = passedOver
        var rows: [Row] = []
        var inside = PlanTable.lineBreaks(first.cells)
        while let row = try reader.next() {
            // A cell may hold line breaks, so that lines and rows are not the same.
            let number = row.line - inside
            inside += PlanTable.lineBreaks(row.cells)
            let cells = row.cells.map(\.trimmed)
            guard cells.contains(where: { !$0.isEmpty }) else { continue }
            if cells.count > header.count, cells[header.count...].contains(where: { !$0.isEmpty }) {
                problems.append(
                    PlanTableProblem(
                        row: number, column: nil,
                        what: "it has \(cells.count) cells, the header \(header.count)",
                        instead: "put cells that hold commas in double quotes"))
            }
            rows.append(Row(number: number, cells: cells))
            guard rows.count <= PlanTable.rowsMax else {
                throw CommandFailure("the file has more than \(PlanTable.rowsMax) rows")
            }
        }
        self.rows = rows
        if rows.isEmpty { throw CommandFailure("the file has a header and no row") }
        if !problems.isEmpty { throw PlanTableProblems(problems: problems) }
    }

    func has(_ column: PlanColumn) -> Bool { places[column] != nil }

    /// Nil where there is no such column or the cell is empty.
    func text(_ column: PlanColumn, _ row: Row) -> String? {
        guard let index = places[column], index < row.cells.count, !row.cells[index].isEmpty
        else { return nil }
        return row.cells[index]
    }

    /// The unit that the column's header gives to bare figures.
    func unit(of column: PlanColumn) -> String? {
        places[column].flatMap { PlanColumn.bracketed(header[$0]) }
    }

    /// `D (目标值)`, or the bare name where the table has no such column.
    func title(_ column: PlanColumn) -> String {
        places[column].map { PlanTable.title($0, header) } ?? column.rawValue
    }

    private static func title(_ index: Int, _ header: [String]) -> String {
        "\(letters(index)) (\(header[index].replacing("\n", with: " ")))"
    }

    /// As spreadsheets name columns: A to Z, then AA.
    static func letters(_ index: Int) -> String {
        var (text, left) = ("", index)
        repeat {
            text = String(UnicodeScalar(UInt8(65 + left % 26))) + text
            left = left / 26 - 1
        } while left >= 0
        return text
    }

    private static func lineBreaks(_ cells: [String]) -> Int {
        cells.reduce(0) { $0 + $1.utf8.filter { $0 == UInt8(ascii: "\n") }.count }
    }
}

/// What is wrong with one cell of a table, and what to write there.
struct PlanTableProblem: Sendable, Equatable, CustomStringConvertible {
    var row: Int
    /// Nil: the whole row.
    var column: String?
    var what: String
    var instead: String

    var description: String {
        "row \(row)\(column.map { ", column \($0)" } ?? ""): \(what); \(instead)"
    }
}

/// Everything that is wrong with a table.
struct PlanTableProblems: Error, Sendable {
    var problems: [PlanTableProblem]
}
