import Contracts
import Foundation

/// A settings file: lines of `option = value`, `#` begins a comment, an option that repeats stands
/// on several lines. `kafka.NAME = value` passes a property of librdkafka through.
struct SettingsFile: Sendable, Equatable {
    /// By option name, in the order of the file.
    var values: [String: [String]] = [:]

    init() {}

    /// Throws `UsageFailure` with file and line where a line is wrong or names no option of any
    /// command.
    init(text: String, path: String, known: [Option]) throws {
        let names = known.map(\.name)
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let content = line.trimmingCharacters(in: .whitespaces)
            if content.isEmpty || content.hasPrefix("#") { continue }
            guard let equals = content.firstIndex(of: "=") else {
                throw UsageFailure(message: "\(path):\(number + 1): expected `option = value`")
            }
            let key = content[..<equals].trimmingCharacters(in: .whitespaces)
            let value = content[content.index(after: equals)...].trimmingCharacters(
                in: .whitespaces)
            if key.hasPrefix("kafka.") {
                values["kafka", default: []].append("\(key.dropFirst("kafka.".count))=\(value)")
                continue
            }
            guard let option = known.first(where: { $0.name == key }) else {
                throw UsageFailure(
                    message:
                        "\(path):\(number + 1): no option is called \(key)\(Spelling.hint(for: key, in: names))"
                )
            }
            if option.repeats {
                values[key, default: []].append(value)
            } else {
                values[key] = [value]
            }
        }
    }

    static func read(_ path: String, known: [Option]) throws -> SettingsFile {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw UsageFailure(message: "the settings file \(path) cannot be read")
        }
        return try SettingsFile(text: text, path: path, known: known)
    }
}
