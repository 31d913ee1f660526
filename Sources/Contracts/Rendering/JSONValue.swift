/// A JSON value whose members keep their order, for documents that people compare. Numbers are
/// texts, so that no figure passes through a binary float.
package indirect enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// As it is to be written, for example `4254.5`.
    case number(String)
    case text(String)
    case list([JSONValue])
    case object([Member])

    package struct Member: Sendable, Equatable {
        package var name: String
        package var value: JSONValue

        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    package static func integer(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

    /// An object of these members, in their order.
    package static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        .object(members.map { Member($0.0, $0.1) })
    }

    package static func optional(_ text: String?) -> JSONValue { text.map { .text($0) } ?? .null }

    package static func texts(_ texts: [String]) -> JSONValue { .list(texts.map { .text($0) }) }

    /// One line, no spaces.
    package var compact: String {
        switch self {
        case .list(let items): "[" + items.map(\.compact).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.map { JSONValue.quoted($0.name) + ":" + $0.value.compact }.joined(
                    separator: ",") + "}"
        default: scalar
        }
    }

    /// Two spaces a level; lists and objects that are short stay on their line. No newline at the
    /// end.
    package func pretty(indent: Int = 0) -> String {
        let line = oneLine
        if line.count + indent <= 96, !holdsMuch { return line }
        let inner = String(repeating: " ", count: indent + 2)
        let outer = String(repeating: " ", count: indent)
        switch self {
        case .list(let items) where !items.isEmpty:
            let lines = items.map { inner + $0.pretty(indent: indent + 2) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(outer)]"
        case .object(let members) where !members.isEmpty:
            let lines = members.map {
                inner + JSONValue.quoted($0.name) + ": " + $0.value.pretty(indent: indent + 2)
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        default: return line
        }
    }

    /// YAML's block style; every text is in double quotes unless it is a plain word.
    package func yaml(indent: Int = 0) -> String {
        let space = String(repeating: " ", count: indent)
        switch self {
        case .list(let items) where !items.isEmpty:
            return items.map { item in
                let block = item.yaml(indent: indent + 2)
                return item.isBlock
                    ? "\(space)- \(block.drop { $0 == " " })" : "\(space)- \(block)"
            }.joined(separator: "\n")
        case .object(let members) where !members.isEmpty:
            return members.map { member in
                let block = member.value.yaml(indent: indent + 2)
                let name = JSONValue.yamlText(member.name)
                return "\(space)\(name):" + (member.value.isBlock ? "\n" : " ") + block
            }.joined(separator: "\n")
        case .text(let text): return JSONValue.yamlText(text)
        default: return oneLine
        }
    }

    /// In double quotes, escaped as RFC 8259 asks; `/` and what is not ASCII stay as they are.
    package static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let hex = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private var scalar: String {
        switch self {
        case .boolean(let value): value ? "true" : "false"
        case .number(let text): text
        case .text(let text): JSONValue.quoted(text)
        default: "null"
        }
    }

    private var isBlock: Bool {
        switch self {
        case .list(let items): !items.isEmpty
        case .object(let members): !members.isEmpty
        default: false
        }
    }

    /// Objects of more than three members, or with objects of objects, are easier to read down than
    /// along.
    private var holdsMuch: Bool {
        guard case .object(let members) = self else { return false }
        return members.count > 3 || members.contains { $0.value.isBlock && $0.value.depth > 1 }
    }

    private var depth: Int {
        switch self {
        case .list(let items): 1 + (items.map(\.depth).max() ?? 0)
        case .object(let members): 1 + (members.map(\.value.depth).max() ?? 0)
        default: 0
        }
    }

    private var oneLine: String {
        switch self {
        case .list(let items): "[" + items.map(\.oneLine).joined(separator: ", ") + "]"
        case .object(let members) where !members.isEmpty:
            "{ "
                + members.map { JSONValue.quoted($0.name) + ": " + $0.value.oneLine }.joined(
                    separator: ", ")
                + " }"
        case .object: "{}"
        default: scalar
        }
    }

    /// Plain where YAML 1.1 and 1.2 read the word as a text, whoever reads it.
    private static func yamlText(_ text: String) -> String {
        let first = text.utf8.first.map { $0 | 0x20 } ?? 0
        let plain = text.utf8.allSatisfy {
            ($0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z"))
                || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
        let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
        let isLetter = first >= UInt8(ascii: "a") && first <= UInt8(ascii: "z")
        return plain && isLetter && !words.contains(text.lowercased()) ? text : quoted(text)
    }
}
