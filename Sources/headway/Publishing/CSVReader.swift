/// Rows of a CSV file as RFC 4180 has it: commas, fields in double quotes may hold commas, quotes
/// (doubled) and line breaks. UTF-8; a byte order mark is passed over.
struct CSVReader {
    struct Row: Sendable, Equatable {
        /// Of the row's first character, from 1.
        var line: Int
        var cells: [String]
    }

    struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        var line: Int
        var message: String
        var description: String { "line \(line): \(message)" }
    }

    private let bytes: UnsafeRawBufferPointer
    private var at = 0
    private var line = 1

    /// The bytes must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    }

    /// The next row that is not empty, or nil at the end.
    mutating func next() throws(Failure) -> Row? {
        while at < bytes.count {
            let start = line
            let cells = try row()
            if cells != [""] { return Row(line: start, cells: cells) }
        }
        return nil
    }

    private mutating func row() throws(Failure) -> [String] {
        var cells: [String] = []
        while true {
            cells.append(try cell())
            guard at < bytes.count else { return cells }
            let byte = bytes[at]
            at += 1
            if byte == UInt8(ascii: "\n") {
                line += 1
                return cells
            }
            if at == bytes.count && byte == UInt8(ascii: ",") {
                cells.append("")
                return cells
            }
        }
    }

    /// Leaves `at` on the comma or line break that ends the cell.
    private mutating func cell() throws(Failure) -> String {
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { return plain() }
        let opened = line
        at += 1
        var content: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if byte == UInt8(ascii: "\n") { line += 1 }
            guard byte == UInt8(ascii: "\"") else {
                content.append(byte)
                continue
            }
            if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
                content.append(byte)
                at += 1
                continue
            }
            guard plain().isEmpty else {
                throw Failure(line: line, message: "text after a closing quote")
            }
            return String(decoding: content, as: UTF8.self)
        }
        throw Failure(line: opened, message: "a quote that is never closed")
    }

    private mutating func plain() -> String {
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: ","), bytes[at] != UInt8(ascii: "\n") {
            at += 1
        }
        var end = at
        if end > start, bytes[end - 1] == UInt8(ascii: "\r"),
            end == bytes.count || bytes[end] == UInt8(ascii: "\n")
        {
            end -= 1
        }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }
}
