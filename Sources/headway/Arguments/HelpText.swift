/// What `--help` prints.
struct HelpText: Sendable {
    var commands: [Command]

    /// The help of one command, or the list of those that begin with the words.
    func text(for words: [String]) -> String {
        if let command = commands.first(where: { $0.words == words }) { return page(command) }
        let listed = commands.filter { $0.words.starts(with: words) }
        return overview(listed.isEmpty ? commands : listed)
    }

    private func overview(_ listed: [Command]) -> String {
        let rows = listed.map { (usage($0, program: false), $0.summary) }
        return """
            Headway turns a city's event streams into the live status of its promises.

            Usage: headway COMMAND [OPTIONS]

            Commands:
            \(columns(rows))

            Every command answers to --help with its options and examples.
            Exit codes: 0 done, 1 failure, 2 differences found, 64 usage.

            """
    }

    private func usage(_ command: Command, program: Bool) -> String {
        var words = (program ? ["headway"] : []) + command.words
        words += command.positionals.map { $0.required ? $0.name : "[\($0.name)]" }
        return words.joined(separator: " ")
    }

    private func page(_ command: Command) -> String {
        var parts = ["\(command.summary)\n\nUsage: \(usage(command, program: true)) [OPTIONS]"]
        if !command.discussion.isEmpty { parts.append(command.discussion) }
        if !command.positionals.isEmpty {
            parts.append("Arguments:\n" + columns(command.positionals.map { ($0.name, $0.help) }))
        }
        if !command.options.isEmpty {
            parts.append("Options:\n" + columns(command.options.map(row)))
        }
        parts.append(
            "Everywhere:\n" + columns(command.allOptions.dropFirst(command.options.count).map(row)))
        let examples = command.examples.map { "  \($0.line)\n      \($0.what)" }
        parts.append("Examples:\n" + examples.joined(separator: "\n"))
        return parts.joined(separator: "\n\n") + "\n"
    }

    private func row(_ option: Option) -> (String, String) {
        var help = option.help
        if let standard = option.standard { help += " [\(standard)]" }
        if let environment = option.environment { help += " ($\(environment))" }
        return (option.spelling, help)
    }

    private func columns(_ rows: [(String, String)]) -> String {
        let width = min(34, rows.map(\.0.count).max() ?? 0)
        return rows.map { left, right in
            if left.count > width {
                return "  \(left)\n" + String(repeating: " ", count: width + 4) + right
            }
            return "  " + left + String(repeating: " ", count: width - left.count + 2) + right
        }.joined(separator: "\n")
    }
}
