import Foundation
import Testing

/// The examples of Topics/ and the words of the contract belong together.
@Suite struct TopicFolderTests {
    private let repository = Repository()

    /// Every reason that a dead letter may give is a name of the decoder's list.
    private func reasons() throws -> Set<String> {
        let lines = try repository.file("Sources/Events/DeadLetterReason.swift").lines
        return Set(
            lines.compactMap { line in
                line.firstMatch(of: /^ +case (\w+)(?: = "(\w+)")?$/).map { String($0.2 ?? $0.1) }
            })
    }

    @Test func examplesNameRealReasons() throws {
        let names = try reasons()
        for file in try repository.files(in: ["Topics/examples"], suffixes: [".json"]) {
            for line in file.lines {
                guard let match = line.firstMatch(of: /"reason":\s*"([a-z_]+)"/) else { continue }
                #expect(
                    names.contains(String(match.1)),
                    "\(file.path): no dead letter has the reason \(match.1)")
            }
        }
    }

    @Test func everyStreamHasASchemaAndExamples() throws {
        guard repository.exists("Topics/examples") else { return }
        for file in try repository.files(in: ["Topics/streams"], suffixes: [".yaml"]) {
            let stream = file.path.dropFirst("Topics/streams/".count).dropLast(".yaml".count)
            #expect(
                repository.exists("Topics/examples/\(stream)"),
                "Topics/examples/\(stream) is missing")
        }
    }
}
