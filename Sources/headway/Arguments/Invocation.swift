/// What a command was called with, each option resolved: command line, environment, settings file,
/// default.
struct Invocation: Sendable {
    /// Where an option's value came from.
    enum Origin: String, Sendable, Equatable {
        case commandLine = "command line"
        case environment
        case file
        case standard = "default"
    }

    struct Resolved: Sendable, Equatable {
        var values: [String]
        var origin: Origin
    }

    var words: [String]
    var positionals: [String]
    var resolved: [String: Resolved]
    var environment: [String: String]

    subscript(_ option: String) -> String? { resolved[option]?.values.last }

    func flag(_ option: String) -> Bool {
        resolved[option].map { $0.values.last != "false" } ?? false
    }

    func list(_ option: String) -> [String] { resolved[option]?.values ?? [] }

    /// Throws `UsageFailure` where the option has no value.
    func required(_ option: String) throws -> String {
        guard let value = self[option] else {
            throw UsageFailure(message: "--\(option) is missing", command: words)
        }
        return value
    }

    /// Throws `UsageFailure` where the value is no whole number within the range.
    func integer(_ option: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = self[option] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw UsageFailure(
                message:
                    "--\(option) takes a whole number from \(range.lowerBound) to \(range.upperBound), not \(text)",
                command: words)
        }
        return value
    }

    var json: Bool { self["output"] == "json" }
}
