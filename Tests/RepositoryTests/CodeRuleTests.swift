import Foundation
import Testing

/// House rules that are cheaper to check than to remember. A ratchet names what is allowed to
/// stand, with a count that may only fall.
@Suite struct CodeRuleTests {
    private let repository = Repository()

    private func sources() throws -> [Repository.File] { try Repository.sources.get() }
    private func tests() throws -> [Repository.File] { try Repository.tests.get() }

    /// No line of code has one of the words at a word's border.
    private func expectNone(
        _ words: [String], in files: [Repository.File], allowed: [String: Int] = [:],
        prose: Bool = false, _ what: String
    ) {
        for file in files {
            let lines = prose ? file.lines : file.code
            var hits: [Int] = []
            for (number, line) in lines.enumerated()
            where words.contains(where: { CodeRuleTests.has($0, line) }) {
                hits.append(number + 1)
            }
            let list = hits.map(String.init).joined(separator: ",")
            #expect(hits.count <= allowed[file.path] ?? 0, "\(file.path):\(list): \(what)")
        }
    }

    private static func has(_ word: String, _ line: String) -> Bool {
        guard let range = line.range(of: word) else { return false }
        guard range.lowerBound > line.startIndex else { return true }
        let before = line[line.index(before: range.lowerBound)]
        return !before.isLetter && !before.isNumber && before != "_"
    }

    @Test func nothingFromOutsideMayTrap() throws {
        expectNone(
            ["fatalError(", "try!", "as! "], in: try sources(),
            "a trap: outside data never ends the process")
    }

    @Test func errorsAreNotSwallowed() throws {
        expectNone(
            ["try?", "catch {}", "catch { }"], in: try sources(), "say what became of the error")
    }

    @Test func nobodySleeps() throws {
        let words = ["Thread.sleep", "Task.sleep", "usleep(", "nanosleep(", "sleep("]
        expectNone(words, in: try sources() + tests(), "a sleep: wait for a fact")
    }

    @Test func looseEndsAreTied() throws {
        expectNone(
            ["TO" + "DO", "FIX" + "ME"], in: try sources() + tests(), prose: true,
            "a loose end")
    }

    @Test func typesAreNamedByWhatTheyAre() throws {
        let declared =
            /\b(struct|class|enum|actor|protocol) \w*(Manager|Helper|Helpers|Util|Utils|Utilities|Impl)\b/
        for file in try sources() + tests() {
            let words = ["Utilities", "Helpers", "Common", "Deprecated", "/New/", "_sweep", "Misc"]
            #expect(
                !words.contains(where: file.path.contains),
                "\(file.path): a folder or file named by nothing")
            for line in file.code
            where line.contains("Manager") || line.contains("Helper") || line.contains("Util")
                || line.contains("Impl")
            {
                #expect(!line.contains(declared), "\(file.path): a name that says nothing")
            }
        }
    }

    /// `@unchecked Sendable` and `nonisolated(unsafe)` need a comment that names the invariant.
    @Test func unsafeConcurrencyIsArgued() throws {
        for file in try sources() {
            for (number, code) in file.code.enumerated() {
                guard code.contains("@unchecked Sendable") || code.contains("nonisolated(unsafe)")
                else { continue }
                let around = file.lines[max(0, number - 8)...min(file.lines.count - 1, number + 4)]
                #expect(
                    around.contains { $0.contains("//") },
                    "\(file.path):\(number + 1): why is this safe?")
            }
        }
    }

    @Test func tasksBelongToNobody() throws {
        expectNone(
            ["Task {", "Task.detached"], in: try sources(),
            "a task: services are threads of their own")
    }

    @Test func filesStayShort() throws {
        for file in try sources() + tests() {
            #expect(
                file.lines.count <= Ratchets.fileLines[file.path] ?? 400,
                "\(file.path) has \(file.lines.count) lines")
        }
    }

    /// Texts of several lines (SQL, help) are what they are.
    @Test func linesStayShort() throws {
        for file in try sources() + tests() {
            let long = file.code.enumerated().filter { $0.element.utf8.count > 120 }
            #expect(
                long.count <= Ratchets.longLines[file.path] ?? 0,
                "\(file.path):\(long.map { String($0.offset + 1) }.joined(separator: ",")): over 120 columns"
            )
        }
    }

    @Test func functionsStayShort() throws {
        let start = try Regex(
            #"^ *(@\w+ )?((package|private|fileprivate|internal|static|mutating|final|override|public) )*(func \w+|init[(?])"#
        )
        for file in try sources() {
            var begun: (line: Int, indent: Int)?
            for (number, line) in file.code.enumerated() where !line.isEmpty {
                let indent = line.utf8.prefix { $0 == 0x20 }.count
                if line.contains("func ") || line.contains("init"), line.contains(start),
                    begun.map({ indent <= $0.indent }) ?? true
                {
                    // Another one at the same depth before a closing brace: the first was a
                    // protocol's, without body.
                    begun = (number, indent)
                } else if let function = begun, indent == function.indent,
                    line.utf8.count == indent + 1, line.hasSuffix("}")
                {
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
            "/wo" + "rk/", "sub" + "agent", "farm" + "-b", "bash" + "_jobs", "/tmp/h" + "w",
            "/tmp/" + "w/", "C" + "EO",
        ]
        let files = try repository.files(
            in: ["Sources", "Tests", "Infra", "Topics"],
            suffixes: [".swift", ".md", ".sql", ".yaml", ".py", ".h", ".cpp"])
        let single = try ["README.md", "Package.swift", "docker-compose.yml"].filter(
            repository.exists
        ).map(repository.file)
        for file in files + single {
            for (number, line) in file.lines.enumerated() {
                for word in words {
                    #expect(
                        !line.contains(word),
                        "\(file.path):\(number + 1): names the workplace, not the project")
                }
            }
        }
    }
}
