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

    /// Whatever a file says, it is read or refused, and a refusal names a place in it.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func brokenPlansAreRefusedInOrder(seed: UInt64) throws {
        let streams = try Catalogue.load(TopicsFolder.path).streams
        let original = Array(try TopicsFolder.text("plans/luoyang-2023.yaml").utf8)
        let file =
            FileManager.default.temporaryDirectory.path + "/headway-" + UUID().uuidString + ".yaml"
        defer { try? FileManager.default.removeItem(atPath: file) }
        var random = SplitMix(state: seed)
        let spice = Array("{}[]:,-#&*!|>'\"%@`?\n\t 09".utf8) + [0x00, 0xC3, 0xFF]
        for _ in 0..<25 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                let length = min(Int.random(in: 0...40, using: &random), bytes.count - at)
                switch UInt8.random(in: 0..<4, using: &random) {
                case 0: bytes.removeSubrange(at..<at + length)
                case 1: bytes.insert(contentsOf: bytes[at..<at + length], at: at)
                case 2: bytes[at] = spice.randomElement(using: &random) ?? 0
                default: bytes.removeLast(min(bytes.count - 1, length * 100))
                }
            }
            try Data(bytes).write(to: URL(fileURLWithPath: file))
            let (plan, problems) = CatalogueReport.readPlan(file, streams: streams)
            #expect((plan == nil) == problems.contains { $0.severity == .error })
            let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 2
            #expect(problems.allSatisfy { (1...lines).contains($0.mark.line) && $0.mark.column >= 1 })
        }
    }

    /// Columns count characters, so that an editor finds the place behind Chinese text.
    @Test func marksCountCharacters() throws {
        let told = try told(Array("title: { zh: 洛阳市, en: *a }\n".utf8))
        #expect(told == ["F:1:23: aliases (`*name`) are not read; write the value out"])
    }
}

/// A small random source with a seed (Steele, Lea and Flood, 2014).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
