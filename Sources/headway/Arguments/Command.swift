/// What a command ends with. The numbers are part of the interface.
enum ExitStatus: Int32, Sendable, Equatable {
    case success = 0
    case failure = 1
    /// Everything worked, and differences were found.
    case differences = 2
    case usage = 64
}

/// One command: what it is called, what it takes, what it does.
struct Command: Sendable {
    /// For example `["topics", "plan"]`.
    var words: [String]
    var summary: String
    var discussion = ""
    var positionals: [Positional] = []
    var options: [Option] = []
    /// Whole command lines with a word on what they do.
    var examples: [Example]
    var run: @Sendable (Invocation, Surroundings) throws -> ExitStatus

    struct Example: Sendable, Equatable {
        var line: String
        var what: String
    }

    var name: String { words.joined(separator: " ") }

    /// The command's own options and those that every command takes, which it may take in a form
    /// of its own (`status -o csv`).
    var allOptions: [Option] {
        let own = Set(options.map(\.name))
        return options + Command.everywhere.filter { !own.contains($0.name) }
    }

    /// Options that every command takes, before or after its name.
    static let everywhere: [Option] = [
        .choice(
            "output", ["text", "json"], standard: "text",
            "what stdout gets: text, or one JSON object a line"
        )
        .with(short: "o"),
        .choice(
            "log", ["text", "json"], environment: "HEADWAY_LOG", standard: "text",
            "form of the log on stderr"),
        .choice(
            "log-level", ["debug", "info", "warning", "error"], environment: "HEADWAY_LOG_LEVEL",
            standard: "info", "the least level that is logged"),
        .value(
            "config", "FILE", environment: "HEADWAY_CONFIG",
            "settings file: lines of `option = value`"),
        .flag("help", "show this help").with(short: "h"),
    ]
}

/// The command line was wrong: one sentence, exit 64.
struct UsageFailure: Error, Sendable, Equatable {
    var message: String
    /// Words of the command whose help is worth reading, or none.
    var command: [String] = []
}

/// A command could not do its work: one sentence that says what to do, exit 1.
struct CommandFailure: Error, Sendable, Equatable, CustomStringConvertible {
    var message: String
    init(_ message: String) { self.message = message }
    var description: String { message }
}
