import Foundation
import Testing

/// One line of Corpus/records.jsonl; its form is told at the head of Corpus/generate.py.
struct CorpusRecord: Decodable, CustomTestStringConvertible {
    struct Field: Decodable {
        var number: Int64?
        var texts: [String]?
    }

    struct Header: Decodable {
        var name: String
        var value: Data?

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            name = try list.decode(String.self)
            value = try list.decodeIfPresent(Data.self)
        }
    }

    struct Part: Decodable {
        var bytes: Data
        var times: Int

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            bytes = try list.decode(Data.self)
            times = try list.decode(Int.self)
        }

        func append(to joined: inout [UInt8]) {
            guard bytes.count > 1 else {
                joined += [UInt8](repeating: bytes[bytes.startIndex], count: times)
                return
            }
            let piece = Array(bytes)
            for _ in 0..<times { joined.append(contentsOf: piece) }
        }
    }

    var name: String
    var rows: [String]
    var stream: String
    var headers: [Header]
    var value: Data?
    var parts: [Part]?
    var timestamp: Int64
    var expect: String
    var stage: String?
    var time: Int64?
    var withdrawal: Bool?
    var previousTime: Int64?
    var fields: [String: Field?]?
    var previous: [String: Field?]?

    enum CodingKeys: String, CodingKey {
        case name, rows, stream, headers, value, parts, timestamp, expect, stage, time, withdrawal
        case previousTime = "previous_time"
        case fields, previous
    }

    var testDescription: String { name }

    var record: TestRecord {
        var bytes = value.map { Array($0) }
        if let parts {
            var joined: [UInt8] = []
            for part in parts { part.append(to: &joined) }
            bytes = joined
        }
        return TestRecord(
            value: bytes, headers: headers.map { ($0.name, $0.value.map { Array($0) }) },
            timestampMilliseconds: timestamp)
    }

    static func load() throws -> [CorpusRecord] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Corpus/records.jsonl")
        let decoder = JSONDecoder()
        return try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")).map {
            try decoder.decode(CorpusRecord.self, from: $0)
        }
    }
}
