import Contracts

/// How the columns of a CSV file become CloudEvents of a stream.
struct CSVMapping: Sendable {
    /// For each column the member that it fills, or nil where it is passed over.
    let members: [String?]
    private let contract: StreamContract
    private let source: String
    /// Puts a name to events without an id: the same file gives the same ids again.
    private let fileMark: String

    static let attributes = ["id", "source", "time"]

    /// - Parameters:
    ///   - header: the first row.
    ///   - pairs: `column=member` of `--map`; a column whose name is a member needs none.
    /// Throws `UsageFailure` where a pair names no column or no member, or a required member has no
    /// column.
    init(
        header: [String], pairs: [String], contract: StreamContract, source: String,
        fileMark: String
    ) throws {
        let known = CSVMapping.attributes + contract.fields.map(\.name)
        var wanted: [String: String] = [:]
        for pair in pairs {
            guard let equals = pair.lastIndex(of: "=") else {
                throw UsageFailure(
                    message: "--map takes COLUMN=MEMBER, not \(pair)", command: ["publish"])
            }
            let column = String(pair[..<equals])
            let member = String(pair[pair.index(after: equals)...])
            guard header.contains(column) else {
                let hint = Spelling.hint(for: column, in: header)
                throw UsageFailure(
                    message: "the file has no column \(column)\(hint)", command: ["publish"])
            }
            guard known.contains(member) else {
                let hint = Spelling.hint(for: member, in: known)
                throw UsageFailure(
                    message: "\(contract.name) has no member \(member)\(hint)", command: ["publish"]
                )
            }
            wanted[column] = member
        }
        members = header.map {
            wanted[$0] ?? (known.contains($0) && !wanted.values.contains($0) ? $0 : nil)
        }
        self.contract = contract
        self.source = source
        self.fileMark = fileMark
        let needed = ["time"] + contract.fields.filter(\.required).map(\.name)
        for member in needed where !members.contains(member) {
            throw UsageFailure(
                message: "no column fills \(member): --map COLUMN=\(member)", command: ["publish"])
        }
    }

    /// The structured CloudEvent of a row.
    func event(_ row: CSVReader.Row, index: Int) -> String {
        var id = "\(fileMark)-\(index + 1)"
        var source = self.source
        var time = ""
        var data: [(String, JSONValue)] = []
        for (member, cell) in zip(members, row.cells) {
            guard let member, !cell.isEmpty else { continue }
            switch member {
            case "id": id = cell
            case "source": source = cell
            case "time": time = cell
            default:
                if let field = contract.field(named: member) {
                    data.append((member, value(cell, of: field.kind)))
                }
            }
        }
        return JSONValue.object([
            ("specversion", .text("1.0")), ("id", .text(id)), ("source", .text(source)),
            ("type", .text(contract.eventType)), ("time", .text(time)), ("data", .object(data)),
        ]).compact
    }

    /// The cell as the member's JSON type wants it. What does not fit stays a text, and the decoder
    /// says so.
    private func value(_ cell: String, of kind: FieldContract.Kind) -> JSONValue {
        switch kind {
        case .integer:
            let digits = cell.hasPrefix("-") ? cell.dropFirst() : cell[...]
            let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
            return isNumber && (digits == "0" || !digits.hasPrefix("0"))
                ? .number(cell) : .text(cell)
        case .boolean:
            switch cell.lowercased() {
            case "true", "yes", "1", "是": return .boolean(true)
            case "false", "no", "0", "否": return .boolean(false)
            default: return .text(cell)
            }
        case .slugs:
            let parts = cell.split(separator: ";").map { JSONValue.text(String($0)) }
            return parts.count > 1 ? .list(parts) : .text(cell)
        case .division, .decimal, .word, .slug, .region, .text, .indicator, .period:
            return .text(cell)
        }
    }
}
