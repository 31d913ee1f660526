/// A JSON value that is written as it was put together: members in their order, numbers digit by
/// digit.
indirect enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// Already in JSON's form.
    case number(String)
    case text(String)
    case list([JSONValue])
    case object([(String, JSONValue)])
    /// JSON text that somebody else has written.
    case raw(String)

    static func integer(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }
    static func optional(_ value: String?) -> JSONValue { value.map { .text($0) } ?? .null }

    /// Without a line break.
    var line: String {
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .number(let digits): return digits
        case .text(let text): return JSONValue.quoted(text)
        case .list(let values): return "[" + values.map(\.line).joined(separator: ",") + "]"
        case .object(let members):
            return "{"
                + members.map { JSONValue.quoted($0.0) + ":" + $0.1.line }.joined(separator: ",")
                + "}"
        case .raw(let text): return text
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
