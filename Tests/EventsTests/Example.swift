import Foundation
import Testing

/// One file of `Topics/examples`. Its name says what must become of it: `dead-REASON…` is a dead
/// letter, `tick` is skipped, all others are events; `binary-…` describes headers and value.
struct Example: CustomTestStringConvertible {
    var stream: String
    var name: String
    var record: TestRecord

    var expect: String {
        if name == "tick" { return "skipped" }
        guard name.hasPrefix("dead-") else { return "event" }
        return String(name.split(separator: "-")[1])
    }

    var testDescription: String { "\(stream)/\(name)" }

    static let all: [Example] = {
        do {
            return try load()
        } catch {
            Issue.record(error)
            return []
        }
    }()

    private static func load() throws -> [Example] {
        let folder = Streams.root.appendingPathComponent("Topics/examples")
        return try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
            .filter { $0.hasSuffix(".json") }
            .map { path in
                let parts = path.dropLast(".json".count).split(separator: "/")
                let data = try Data(contentsOf: folder.appendingPathComponent(path))
                let name = String(parts[1])
                let record = name.hasPrefix("binary-") ? try binary(data) : structured(data)
                return Example(stream: String(parts[0]), name: name, record: record)
            }
    }

    /// 2023-12-31T00:00:00Z: later than the examples, so that only those of the far future lie
    /// ahead.
    private static let timestamp: Int64 = 1_703_980_800_000

    private static func structured(_ data: Data) -> TestRecord {
        TestRecord(value: Array(data), headers: [], timestampMilliseconds: timestamp)
    }

    private static func binary(_ data: Data) throws -> TestRecord {
        struct Form: Decodable { var headers: [String: String] }
        let headers = try JSONDecoder().decode(Form.self, from: data).headers
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let value = try JSONSerialization.data(withJSONObject: try #require(object["value"]))
        return TestRecord(
            value: Array(value), headers: headers.map { ($0, Array($1.utf8)) },
            timestampMilliseconds: timestamp)
    }
}
