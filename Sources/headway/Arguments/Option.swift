/// An option of a command: a flag, or a name with a value. Where it is not on the command line, the
/// environment, then the settings file, then the default is taken.
struct Option: Sendable, Equatable {
    /// Without the dashes, for example `data-dir`. The same word is the key in a settings file.
    var name: String
    var short: Character?
    /// What the help calls the value; nil for a flag.
    var placeholder: String?
    var environment: String?
    var standard: String?
    /// The only values that are taken; empty: any.
    var choices: [String] = []
    var repeats = false
    /// Never shown by `doctor` or a log line.
    var secret = false
    var help: String

    static func flag(_ name: String, _ help: String) -> Option {
        Option(name: name, help: help)
    }

    static func value(
        _ name: String, _ placeholder: String, environment: String? = nil, standard: String? = nil,
        _ help: String
    ) -> Option {
        Option(
            name: name, placeholder: placeholder, environment: environment, standard: standard,
            help: help)
    }

    static func choice(
        _ name: String, _ choices: [String], environment: String? = nil, standard: String? = nil,
        _ help: String
    ) -> Option {
        Option(
            name: name, placeholder: choices.joined(separator: "|"), environment: environment,
            standard: standard, choices: choices, help: help)
    }

    /// `-o, --output text|json`
    var spelling: String {
        let letter = short.map { "-\($0), " } ?? ""
        return letter + "--" + name + (placeholder.map { " " + $0 } ?? "")
    }

    func with(short: Character) -> Option {
        var copy = self
        copy.short = short
        return copy
    }

    func repeating() -> Option {
        var copy = self
        copy.repeats = true
        return copy
    }

    func kept(secret: Bool) -> Option {
        var copy = self
        copy.secret = secret
        return copy
    }
}

/// A word of the command line that belongs to no option, for example the file of `publish FILE`.
struct Positional: Sendable, Equatable {
    /// In capitals, as the help shows it.
    var name: String
    var required: Bool
    var help: String
}
