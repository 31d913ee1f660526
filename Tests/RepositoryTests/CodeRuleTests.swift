import Foundation
import Testing

/// House rules that are cheaper to check than to remember. A ratchet names what is allowed to stand, with a count
/// that may only fall.
@Suite struct CodeRuleTests {
    private let repository = Repository()

    private func sources() throws -> [Repository.File] {
        try repository.files(in: ["Sources"], suffixes: [".swift"])
    }

    private func tests() throws -> [Repository.File] {
        try repository.files(in: ["Tests"], suffixes: [".swift"])
    }

    /// Lines of code that match, as `path:line`, by path.
    private func hits(_ pattern: String, in files: [Repository.File], codeOnly: Bool = true) throws -> [String: [Int]] {
        let expression = try Regex(pattern)
        var found: [String: [Int]] = [:]
        for file in files {
            for (number, line) in file.lines.enumerated() {
                let text = codeOnly ? Repository.File.code(of: line) : line
                if text.contains(expression) { found[file.path, default: []].append(number + 1) }
            }
        }
        return found
    }

    private func expectNone(
        _ pattern: String, in files: [Repository.File], allowed: [String: Int] = [:], codeOnly: Bool = true,
        _ what: String
    ) throws {
        for (path, lines) in try hits(pattern, in: files, codeOnly: codeOnly) {
            let count = allowed[path] ?? 0
            #expect(lines.count <= count, "\(path):\(lines.map(String.init).joined(separator: ",")): \(what)")
        }
    }

    @Test func nothingFromOutsideMayTrap() throws {
        try expectNone(#"\bfatalError\("#, in: sources(), "fatalError: outside data never ends the process")
        try expectNone(#"\btry!"#, in: sources(), "try!: outside data never ends the process")
        try expectNone(#"\bas! "#, in: sources(), "as!: outside data never ends the process")
    }

    @Test func errorsAreNotSwallowed() throws {
        try expectNone(#"\btry\?"#, in: sources(), "try?: say what became of the error")
        try expectNone(#"catch \{\s*\}"#, in: sources(), "an empty catch: say what became of the error")
    }

    @Test func nobodySleeps() throws {
        let pattern = #"\b(Thread\.sleep|Task\.sleep|usleep|nanosleep)\b|\bsleep\("#
        try expectNone(pattern, in: sources(), "a sleep: wait for a fact")
        try expectNone(pattern, in: tests(), "a sleep: wait for a fact")
    }

    @Test func looseEndsAreTied() throws {
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        try expectNone("\\b(\(words.joined(separator: "|")))\\b", in: sources() + tests(), codeOnly: false, "a loose end")
    }

    @Test func typesAreNamedByWhatTheyAre() throws {
        let declared = #"\b(struct|class|enum|actor|protocol) \w*(Manager|Helper|Helpers|Util|Utils|Utilities|Common|Impl)\b"#
        try expectNone(declared, in: sources() + tests(), "a name that says nothing")
        for file in try sources() + tests() {
            let words = ["Utilities", "Helpers", "Common", "Deprecated", "/New/", "_sweep", "Misc"]
            #expect(!words.contains(where: file.path.contains), "\(file.path): a folder or file named by nothing")
        }
    }

    /// `@unchecked Sendable` and `nonisolated(unsafe)` need a comment that names the invariant.
    @Test func unsafeConcurrencyIsArgued() throws {
        for file in try sources() {
            for (number, line) in file.lines.enumerated() {
                let code = Repository.File.code(of: line)
                guard code.contains("@unchecked Sendable") || code.contains("nonisolated(unsafe)") else { continue }
                let around = file.lines[max(0, number - 8)...min(file.lines.count - 1, number + 4)]
                #expect(around.contains { $0.contains("//") }, "\(file.path):\(number + 1): why is this safe?")
            }
        }
    }

    @Test func tasksBelongToNobody() throws {
        try expectNone(#"\bTask(\.detached)?\s*\{"#, in: sources(), "a task: services are threads of their own")
    }

    @Test func filesStayShort() throws {
        for file in try sources() + tests() {
            #expect(file.lines.count <= Ratchets.fileLines[file.path] ?? 400, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test func linesStayShort() throws {
        for file in try sources() + tests() {
            let long = file.lines.enumerated().filter { $0.element.count > 120 && !$0.element.contains("\"") }
            #expect(
                long.count <= Ratchets.longLines[file.path] ?? 0,
                "\(file.path):\(long.map { String($0.offset + 1) }.joined(separator: ",")): over 120 columns")
        }
    }

    @Test func functionsStayShort() throws {
        let start = try Regex(
            #"^ *(@\w+ )?((package|private|fileprivate|internal|static|mutating|final|override|public) )*(func \w+|init[(?])"#)
        for file in try sources() {
            var begun: (line: Int, indent: Int)?
            for (number, line) in file.lines.enumerated() {
                let indent = line.prefix { $0 == " " }.count
                if line.contains(start), begun.map({ indent <= $0.indent }) ?? true {
                    // Another one at the same depth before a closing brace: the first was a protocol's, without body.
                    begun = (number, indent)
                } else if let function = begun, indent == function.indent, line.hasSuffix("}"), line.contains(/^ *}$/) {
                    let length = number - function.line + 1
                    #expect(
                        length <= Ratchets.functionLines["\(file.path):\(function.line + 1)"] ?? 70,
                        "\(file.path):\(function.line + 1): a function of \(length) lines")
                    begun = nil
                }
            }
        }
    }

    @Test func theProjectSpeaksOfItselfAlone() throws {
        let words = [
            "/wo" + "rk/", "sub" + "agent", "farm" + "-b", "bash" + "_jobs", "/tmp/h" + "w", "/tmp/" + "w/", "C" + "EO",
        ]
        let files = try repository.files(
            in: ["Sources", "Tests", "Infra", "Topics"],
            suffixes: [".swift", ".md", ".sql", ".yaml", ".py", ".h", ".cpp"])
        let single = try ["README.md", "Package.swift", "docker-compose.yml"].filter(repository.exists).map(repository.file)
        for file in files + single {
            for (number, line) in file.lines.enumerated() {
                for word in words {
                    #expect(!line.contains(word), "\(file.path):\(number + 1): names the workplace, not the project")
                }
            }
        }
    }
}
