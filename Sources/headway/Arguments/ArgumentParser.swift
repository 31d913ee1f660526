import Contracts

/// Turns the words of a command line into a command and its invocation.
struct ArgumentParser: Sendable {
    enum Outcome: Sendable {
        case run(Command, Invocation)
        /// Help was asked for, of one command or (empty words) of all that begin with them.
        case help([String])
        case version
    }

    var commands: [Command]

    /// - Parameters:
    ///   - arguments: without the program's own name.
    ///   - readFile: the text of a settings file; thrown errors become a usage failure.
    /// Throws `UsageFailure`.
    func parse(
        _ arguments: [String], environment: [String: String],
        readFile: (String) throws -> SettingsFile
    ) throws -> Outcome {
        if arguments == ["--version"] || arguments == ["version"] { return .version }
        var scan = Scan(rest: arguments[...])
        let command: Command
        switch try chooseCommand(&scan) {
        case .help(let words): return .help(words)
        case .command(let found): command = found
        }
        while let word = scan.rest.popFirst() {
            if scan.optionsEnded || !word.hasPrefix("-") || word == "-" {
                scan.positionals.append(word)
            } else if word == "--" {
                scan.optionsEnded = true
            } else {
                try takeOption(word, of: command.allOptions, command: command, &scan)
            }
        }
        if scan.given["help"] != nil { return .help(command.words) }
        try check(scan.positionals, of: command)
        let settings = try settingsFile(scan, environment, readFile)
        let resolved = try resolve(command, scan.given, environment, settings)
        return .run(
            command,
            Invocation(
                words: command.words, positionals: scan.positionals, resolved: resolved,
                environment: environment))
    }

    private struct Scan {
        var rest: ArraySlice<String>
        var given: [String: [String]] = [:]
        var positionals: [String] = []
        var optionsEnded = false
    }

    private enum Chosen {
        case help([String])
        case command(Command)
    }

    /// Reads up to the command's last word. Options that every command takes may come before it.
    private func chooseCommand(_ scan: inout Scan) throws -> Chosen {
        var words: [String] = []
        while let word = scan.rest.first {
            if word.hasPrefix("-") {
                if word == "--help" || word == "-h" { return .help(words) }
                if let whole = commands.first(where: { $0.words == words }) {
                    return .command(whole)
                }
                scan.rest.removeFirst()
                try takeOption(word, of: Command.everywhere, command: nil, &scan)
                continue
            }
            if words.isEmpty && word == "help" {
                scan.rest.removeFirst()
                return .help(Array(scan.rest))
            }
            let longer = words + [word]
            if commands.contains(where: { $0.words.starts(with: longer) }) {
                words = longer
                scan.rest.removeFirst()
                continue
            }
            if let whole = commands.first(where: { $0.words == words }) { return .command(whole) }
            throw unknown(word, after: words)
        }
        if let whole = commands.first(where: { $0.words == words }) { return .command(whole) }
        if words.isEmpty {
            throw UsageFailure(message: "which command? `headway --help` lists them")
        }
        let next = nextWords(words).joined(separator: ", ")
        throw UsageFailure(
            message: "headway \(words.joined(separator: " ")) needs one of: \(next)", command: words
        )
    }

    private func nextWords(_ words: [String]) -> [String] {
        var seen: [String] = []
        for command in commands
        where command.words.starts(with: words) && command.words.count > words.count {
            let next = command.words[words.count]
            if !seen.contains(next) { seen.append(next) }
        }
        return seen
    }

    private func unknown(_ word: String, after words: [String]) -> UsageFailure {
        let name = (["headway"] + words).joined(separator: " ")
        return UsageFailure(
            message:
                "\(name) has no command \(word)\(Spelling.hint(for: word, in: nextWords(words)))",
            command: words)
    }

    private func takeOption(
        _ word: String, of options: [Option], command: Command?, _ scan: inout Scan
    ) throws {
        var name = word
        var inline: String?
        if let equals = word.firstIndex(of: "="), word.hasPrefix("--") {
            name = String(word[..<equals])
            inline = String(word[word.index(after: equals)...])
        }
        let found = options.first { option in
            name == "--" + option.name || option.short.map { name == "-\($0)" } ?? false
        }
        guard let option = found else {
            let hint = Spelling.hint(
                for: String(name.drop { $0 == "-" }), in: options.map(\.name), prefix: "--")
            let whose = command.map { "headway " + $0.name } ?? "headway"
            throw UsageFailure(
                message: "\(whose) has no option \(name)\(hint)", command: command?.words ?? [])
        }
        if option.placeholder == nil {
            guard inline == nil else {
                throw UsageFailure(message: "\(name) takes no value", command: command?.words ?? [])
            }
            scan.given[option.name] = ["true"]
            return
        }
        guard let value = inline ?? scan.rest.popFirst() else {
            throw UsageFailure(
                message: "\(name) needs a value (\(option.placeholder ?? ""))",
                command: command?.words ?? [])
        }
        if option.repeats {
            scan.given[option.name, default: []].append(value)
        } else {
            scan.given[option.name] = [value]
        }
    }

    private func check(_ positionals: [String], of command: Command) throws {
        let needed = command.positionals.filter(\.required).count
        if positionals.count < needed {
            let missing = command.positionals[positionals.count].name
            throw UsageFailure(
                message: "headway \(command.name) needs \(missing)", command: command.words)
        }
        if positionals.count > command.positionals.count {
            let surplus = positionals[command.positionals.count]
            throw UsageFailure(
                message: "headway \(command.name) does not take \(surplus)", command: command.words)
        }
    }

    private func settingsFile(
        _ scan: Scan, _ environment: [String: String], _ readFile: (String) throws -> SettingsFile
    ) throws -> SettingsFile {
        guard let path = scan.given["config"]?.last ?? environment["HEADWAY_CONFIG"], !path.isEmpty
        else {
            return SettingsFile()
        }
        return try readFile(path)
    }

    private func resolve(
        _ command: Command, _ given: [String: [String]], _ environment: [String: String],
        _ settings: SettingsFile
    ) throws -> [String: Invocation.Resolved] {
        var resolved: [String: Invocation.Resolved] = [:]
        for option in command.allOptions where option.name != "help" {
            let value: Invocation.Resolved
            if let values = given[option.name] {
                value = .init(values: values, origin: .commandLine)
            } else if let name = option.environment, let text = environment[name], !text.isEmpty {
                value = .init(values: [text], origin: .environment)
            } else if let values = settings.values[option.name] {
                value = .init(values: values, origin: .file)
            } else if let standard = option.standard {
                value = .init(values: [standard], origin: .standard)
            } else {
                continue
            }
            if !option.choices.isEmpty,
                let wrong = value.values.first(where: { !option.choices.contains($0) })
            {
                let hint = Spelling.hint(for: wrong, in: option.choices)
                throw UsageFailure(
                    message:
                        "--\(option.name) is one of \(option.choices.joined(separator: ", ")), not \(wrong)\(hint)",
                    command: command.words)
            }
            resolved[option.name] = value
        }
        return resolved
    }
}
