import Contracts
import Foundation
import Testing

/// What of YAML is refused, wherever it stands. Read as a plan, the only way in.
@Suite struct YAMLTests {
    private func told(_ bytes: [UInt8]) throws -> [String] {
        let file =
            FileManager.default.temporaryDirectory.path + "/headway-" + UUID().uuidString + ".yaml"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return CatalogueReport.readPlan(file, streams: []).problems.map {
            $0.description.replacing(file, with: "F")
        }
    }

    @Test(arguments: [
        ("", "F:1:1: the file is empty; see Topics/README.md for its keys"),
        ("# only a comment\n", "F:1:1: the file is empty; see Topics/README.md for its keys"),
        ("plan: &a x\n", "F:1:7: anchors (`&name`) are not read; write the value out"),
        ("plan: *a\n", "F:1:7: aliases (`*name`) are not read; write the value out"),
        ("plan: !!str x\n", "F:1:7: tags (`!name`) are not read; write the value without"),
        ("plan: !x [a]\n", "F:1:7: tags (`!name`) are not read; write the value without"),
        (
            "%YAML 1.1\n---\nplan: x\n",
            "F:1:1: directives (`%YAML`, `%TAG`) are not read; remove them"
        ),
        (
            "%TAG ! tag:x,2000:\n---\nplan: x\n",
            "F:1:1: directives (`%YAML`, `%TAG`) are not read; remove them"
        ),
        ("plan: x\n---\nplan: y\n", "F:2:1: a second document begins; use one file for each"),
        ("plan: x\nplan: y\n", "F:2:1: `plan` was given on line 1 already; keep one of them"),
        ("title: { zh: a, zh: b }\n", "F:1:17: `zh` was given on line 1 already; keep one of them"),
        ("? [a]\n: b\n", "F:1:3: a key is a list; keys are plain words"),
        ("plan: [a\n", "F:2:1: while parsing a flow sequence: did not find expected ',' or ']'"),
        ("plan: \"a\n", "F:2:1: while scanning a quoted scalar: found unexpected end of stream"),
        ("plan: a\n\tb: c\n", "F:2:"),
        ("- a\n", "F:1:1: the plan is a list; write a mapping, `key: value` on each line"),
        ("plan\n", "F:1:1: the plan is `plan`; write a mapping"),
        ("plan: { a: b }\n", "F:1:7: `plan` is a mapping; write a single value"),
        ("a: " + String(repeating: "[", count: 17), "F:1:19: nested more than 16 deep"),
    ])
    func refused(text: String, expected: String) throws {
        let told = try told(Array(text.utf8))
        #expect(told.contains { $0.hasPrefix(expected) }, "\(told)")
    }

    @Test func bytesThatAreNoText() throws {
        #expect(try told([0x70, 0xFF, 0x0A]) == ["F:1:1: the file is not UTF-8; save it as UTF-8"])
        #expect(
            try told(Array("a: b\nc\0: d\n".utf8)) == ["F:2:1: the line has a zero byte; remove it"]
        )
    }

    @Test func sizesAreBounded() throws {
        let large = [UInt8](repeating: UInt8(ascii: "#"), count: 3 << 20)
        #expect(try told(large).first?.contains("split it; a file may have 2097152") == true)
        let many = Array(("targets: [" + String(repeating: "1,", count: 100_001) + "]\n").utf8)
        #expect(try told(many).first?.contains("more than 100000 values; split the file") == true)
    }

    /// Columns count characters, so that an editor finds the place behind Chinese text.
    @Test func marksCountCharacters() throws {
        let told = try told(Array("title: { zh: 洛阳市, en: *a }\n".utf8))
        #expect(told == ["F:1:23: aliases (`*name`) are not read; write the value out"])
    }
}
