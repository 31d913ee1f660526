import Foundation
import Testing

@testable import headway

@Suite struct ArgumentParserTests {
    private static let commands = [
        Command(
            words: ["topics", "plan"], summary: "plan",
            options: [.value("brokers", "HOST", environment: "BROKERS", "b")],
            examples: [], run: { _, _ in .success }),
        Command(
            words: ["topics", "apply"], summary: "apply", options: [.flag("execute", "do it")],
            examples: [],
            run: { _, _ in .success }),
        Command(
            words: ["publish"], summary: "publish",
            positionals: [.init(name: "FILE", required: true, help: "f")],
            options: [
                .value("stream", "S", "s"), .value("map", "A=B", "m").repeating(),
                .value("size", "N", standard: "7", "n"),
            ],
            examples: [], run: { _, _ in .success }),
    ]

    private func parse(
        _ line: String, environment: [String: String] = [:], file: String = ""
    ) throws -> ArgumentParser.Outcome {
        let words = line.split(separator: " ").map(String.init)
        return try ArgumentParser(commands: Self.commands).parse(words, environment: environment) {
            path in
            try SettingsFile(
                text: file, path: path, known: Self.commands.flatMap(\.options) + Command.everywhere
            )
        }
    }

    private func invocation(
        _ line: String, environment: [String: String] = [:], file: String = ""
    ) throws -> Invocation {
        guard case .run(_, let invocation) = try parse(line, environment: environment, file: file)
        else {
            throw UsageFailure(message: "not a run")
        }
        return invocation
    }

    @Test func wordsPositionalsAndOptions() throws {
        let found = try invocation("-o json publish a.ndjson --stream=x --map a=b --map c=d")
        #expect(found.words == ["publish"])
        #expect(found.positionals == ["a.ndjson"])
        #expect(found["stream"] == "x")
        #expect(found.list("map") == ["a=b", "c=d"])
        #expect(found.json)
        #expect(try invocation("publish -- --stream").positionals == ["--stream"])
    }

    @Test func commandLineBeforeEnvironmentBeforeFileBeforeDefault() throws {
        let environment = ["BROKERS": "env:1", "HEADWAY_CONFIG": "/x"]
        let file = "brokers = file:1\n# a comment\n\nlog-level=debug\n"
        let all = try invocation(
            "topics plan --brokers flag:1", environment: environment, file: file)
        #expect(all.resolved["brokers"] == .init(values: ["flag:1"], origin: .commandLine))
        #expect(all.resolved["log-level"] == .init(values: ["debug"], origin: .file))
        #expect(all.resolved["log"] == .init(values: ["text"], origin: .standard))
        let second = try invocation("topics plan", environment: environment, file: file)
        #expect(second.resolved["brokers"] == .init(values: ["env:1"], origin: .environment))
        let third = try invocation("topics plan", environment: ["HEADWAY_CONFIG": "/x"], file: file)
        #expect(third.resolved["brokers"] == .init(values: ["file:1"], origin: .file))
        #expect(
            try invocation("publish f").resolved["size"] == .init(values: ["7"], origin: .standard))
        #expect(try invocation("topics plan").resolved["brokers"] == nil)
    }

    @Test(arguments: [
        ("topcis plan", "headway has no command topcis; did you mean topics?"),
        ("topics aply", "headway topics has no command aply; did you mean apply?"),
        ("topics", "headway topics needs one of: plan, apply"),
        ("", "which command? `headway --help` lists them"),
        ("publish f --steam x", "headway publish has no option --steam; did you mean --stream?"),
        ("publish f --zzzzzz", "headway publish has no option --zzzzzz"),
        ("publish", "headway publish needs FILE"),
        ("publish a b", "headway publish does not take b"),
        ("publish f --stream", "--stream needs a value (S)"),
        ("topics apply --execute=yes", "--execute takes no value"),
        ("publish f -o jsno", "--output is one of text, json, not jsno; did you mean json?"),
    ])
    func whatIsWrongIsSaidInOneSentence(line: String, sentence: String) {
        #expect { try parse(line) } throws: { ($0 as? UsageFailure)?.message == sentence }
    }

    @Test(arguments: [
        ("nonsense", "/x:1: expected `option = value`"),
        ("\nbrokrs = a", "/x:2: no option is called brokrs; did you mean brokers?"),
    ])
    func aWrongSettingsFileIsToldByLine(text: String, sentence: String) {
        #expect {
            try parse("topics plan --config /x", file: text)
        } throws: { ($0 as? UsageFailure)?.message == sentence }
    }

    @Test func helpIsFoundEverywhere() throws {
        for (line, words) in [
            ("--help", []), ("help", []), ("topics --help", ["topics"]),
            ("help topics plan", ["topics", "plan"]),
            ("topics plan --help", ["topics", "plan"]), ("publish -h", ["publish"]),
        ] {
            guard case .help(let found) = try parse(line) else {
                Issue.record("\(line) is no help")
                continue
            }
            #expect(found == words, "\(line)")
        }
    }

    @Test func numbersAreChecked() throws {
        #expect(try invocation("publish f --size 12").integer("size", in: 1...20) == 12)
        #expect(throws: UsageFailure.self) {
            try invocation("publish f --size 21").integer("size", in: 1...20)
        }
        #expect(throws: UsageFailure.self) {
            try invocation("publish f --size x").integer("size", in: 1...20)
        }
    }
}

/// The program as it is.
@Suite struct ProgramTests {
    private let commands = Program.complete.commands

    @Test func everyCommandHasHelpWithExamples() {
        for command in commands {
            let text = HelpText(commands: commands).text(for: command.words)
            #expect(text.contains("Usage: headway \(command.name)"), "\(command.name)")
            #expect(!command.examples.isEmpty, "\(command.name) has no example")
            for example in command.examples {
                #expect(example.line.contains("headway \(command.name)"), "\(example.line)")
            }
            for option in command.options {
                #expect(text.contains("--\(option.name)"), "\(command.name)")
            }
        }
    }

    /// An example that the parser refuses would be a lie.
    @Test func everyExampleParses() throws {
        for command in commands {
            for example in command.examples {
                let line = example.line.components(separatedBy: " | ")[0]
                let words = line.split(separator: " ").map(String.init).dropFirst()
                let outcome = try ArgumentParser(commands: commands).parse(
                    Array(words), environment: [:]
                ) { _ in
                    SettingsFile()
                }
                guard case .run(let found, _) = outcome else {
                    Issue.record("\(example.line) does not run")
                    continue
                }
                #expect(found.words == command.words)
            }
        }
    }

    @Test func optionsHaveOneMeaningInOneCommand() {
        for command in commands {
            let names = command.allOptions.map(\.name)
            #expect(Set(names).count == names.count, "\(command.name) has an option twice")
        }
        #expect(Set(commands.map(\.name)).count == commands.count)
    }

    @Test func exitCodesAreThoseOfTheInterface() {
        #expect(ExitStatus.success.rawValue == 0)
        #expect(ExitStatus.failure.rawValue == 1)
        #expect(ExitStatus.differences.rawValue == 2)
        #expect(ExitStatus.usage.rawValue == 64)
        #expect(Program.complete.run(["nonsense"], environment: [:], stop: Stop()) == .usage)
        #expect(Program.complete.run(["--version"], environment: [:], stop: Stop()) == .success)
    }
}
