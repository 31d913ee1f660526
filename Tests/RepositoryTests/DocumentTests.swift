import Foundation
import Testing

/// What the pages say must be there.
@Suite struct DocumentTests {
    private let repository = Repository()

    private func pages() throws -> [Repository.File] {
        let inFolders = try repository.files(
            in: ["Sources", "Tests", "Infra", "Topics"], suffixes: [".md"])
        return inFolders
            + (repository.exists("README.md") ? [try repository.file("README.md")] : [])
    }

    /// Relative links point at files of the repository.
    @Test func linksLeadSomewhere() throws {
        for page in try pages() {
            let folder = page.path.lastIndex(of: "/").map { String(page.path[...$0]) } ?? ""
            for (number, line) in page.lines.enumerated() {
                for match in line.matches(of: /\]\(([^)\s]+)\)/) {
                    let target = String(match.1.prefix { $0 != "#" })
                    if target.isEmpty || target.contains("://") { continue }
                    #expect(
                        repository.exists(folder + target),
                        "\(page.path):\(number + 1): no file \(target)")
                }
            }
        }
    }

    /// Paths in backticks that begin with a folder of the repository exist.
    @Test func namedFilesExist() throws {
        for page in try pages() {
            for (number, line) in page.lines.enumerated() {
                for match in line.matches(
                    of: /`((?:Sources|Tests|Infra|Topics|\.ci)\/[A-Za-z0-9_.\/+-]+)`/)
                {
                    let path = String(match.1)
                    #expect(repository.exists(path), "\(page.path):\(number + 1): no file \(path)")
                }
            }
        }
    }

    /// `headway WORD` in a code line is a command of the program.
    @Test func namedCommandsExist() throws {
        let source = try repository.files(in: ["Sources/headway"], suffixes: [".swift"])
            .flatMap(\.lines).joined(separator: "\n")
        var commands: Set<String> = ["help", "version"]
        for match in source.matches(of: /words: \["(\w+)"/) { commands.insert(String(match.1)) }
        for page in try pages() {
            for (number, line) in page.lines.enumerated() {
                for match in line.matches(of: /(?:^ {4}|`|\$ )headway ([a-z]+)\b/) {
                    let word = String(match.1)
                    #expect(
                        commands.contains(word),
                        "\(page.path):\(number + 1): there is no command headway \(word)")
                }
            }
        }
    }

    @Test func aPageHasOneTitle() throws {
        for page in try pages() {
            var fenced = false
            var titles = 0
            for line in page.lines {
                if line.hasPrefix("```") { fenced.toggle() }
                if !fenced && line.hasPrefix("# ") { titles += 1 }
            }
            #expect(titles == 1, "\(page.path) has \(titles) titles")
        }
    }

    @Test(arguments: ["Infra/up", "Infra/test", "Infra/check-compose", ".ci/run"])
    func scriptsCanBeRun(path: String) throws {
        #expect(repository.isExecutable(path))
        #expect(try repository.file(path).lines[0].hasPrefix("#!/usr/bin/env "))
    }

    @Test func continuousIntegrationRunsTheTests() throws {
        let lines = try repository.file(".ci/run").lines.filter {
            !$0.hasPrefix("#") && !$0.isEmpty
        }
        #expect(lines.count == 1 && lines[0].contains("Infra/test"))
    }
}
