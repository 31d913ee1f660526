internal import Glibc
import Testing

@testable import LocalBroker

/// The fields of an answer, version by version, as Kafka's protocol lists them, and what stands in
/// them as text: `3+ int32 [ string 1+ nullable ]` is a number from version 3 on, and an array of a
/// string each, from version 1 on with one that may be null.
struct AnswerFields {
    private let words: [Substring]

    init(_ text: String) { words = text.split(whereSeparator: \.isWhitespace) }

    /// Fails where bytes are left over.
    func read(_ bytes: [UInt8], version: Int) throws -> String {
        try bytes.withUnsafeBytes {
            var reader = WireReader($0)
            let text = try read(words[...], &reader, version).joined(separator: " ")
            #expect(reader.remaining == 0)
            return text
        }
    }

    private func read(
        _ words: ArraySlice<Substring>, _ reader: inout WireReader, _ version: Int
    ) throws -> [String] {
        var rest = words
        var values: [String] = []
        while var word = rest.popFirst() {
            var since = 0
            if word.hasSuffix("+") {
                since = try #require(Int(word.dropLast()))
                word = rest.removeFirst()
            }
            var inner = rest.prefix(0)
            if word == "[" {
                var depth = 1
                let end = try #require(
                    rest.firstIndex { other in
                        depth += other == "[" ? 1 : other == "]" ? -1 : 0
                        return depth == 0
                    })
                inner = rest[..<end]
                rest = rest[(end + 1)...]
            }
            if version < since { continue }
            switch word {
            case "int8": values.append("\(try reader.int8())")
            case "int16": values.append("\(try reader.int16())")
            case "int32": values.append("\(try reader.int32())")
            case "string": values.append("'\(try reader.string())'")
            case "nullable": values.append(try reader.nullableString().map { "'\($0)'" } ?? "null")
            case "[":
                var elements: [String] = []
                for _ in 0..<(try reader.int32()) {
                    elements.append(try read(inner, &reader, version).joined(separator: " "))
                }
                values.append("[\(elements.joined(separator: ", "))]")
            default: Issue.record("no field is called \(word)")
            }
        }
        return values
    }
}

/// A broker with a journal on the disk, asked without a socket.
final class AdminDriver {
    private(set) var broker: Broker!
    let settings: BrokerSettings
    private var slot: UInt64 = 0

    init(limits: BrokerSettings.Limits = .init()) throws {
        var template = Array("/tmp/headway-admin-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        var settings = BrokerSettings(dataDirectory: folder)
        settings.port = 9_999
        settings.limits = limits
        self.settings = settings
        broker = try Self.opened(settings)
    }

    deinit {
        broker = nil
        do { try removeFolder(settings.dataDirectory) } catch { Issue.record(error) }
    }

    private static func opened(_ settings: BrokerSettings) throws -> Broker {
        let broker = Broker(settings, hooks: FaultHooks(try LoopControl())) { _ in }
        broker.wall = 1_000_000_000_000
        try broker.open()
        return broker
    }

    /// As after kill -9: nothing is written at the end; the folder's lock goes with the broker.
    func restart() throws {
        broker = nil
        broker = try Self.opened(settings)
    }

    /// Sends one request and flushes; the bytes of its answer.
    func ask(
        _ api: API, _ version: Int16, _ fill: (inout WireWriter) -> Void
    ) throws -> [UInt8] {
        try begin(api, version, fill)
        try flush()
        let answers = broker.takeAnswers()
        #expect(answers.count == 1)
        return answers.flatMap(\.self)
    }

    func begin(_ api: API, _ version: Int16, _ fill: (inout WireWriter) -> Void) throws {
        slot += 1
        try broker.send(api, version, slot: slot, fill)
    }

    func flush() throws { try broker.flushAll() }

    /// CreateTopics and its answer: name, code, sentence.
    func create(
        _ wishes: [TopicWish], version: Int16 = 4, checkOnly: Bool = false
    ) throws -> String {
        let bytes = try ask(.createTopics, version) { request in
            request.array(wishes) { $0.wish($1) }
            request.int32(1_000)
            request.bool(checkOnly)
        }
        return try AnswerFields("int32 [ string int16 nullable ]").read(
            bytes, version: Int(version))
    }

    /// IncrementalAlterConfigs of one topic and its answer's code and sentence.
    func alter(
        _ topic: String, _ changes: [TopicChange], checkOnly: Bool = false
    ) throws -> String {
        let bytes = try ask(.incrementalAlterConfigs, 0) { request in
            request.array([topic]) { request, name in
                request.int8(2)
                request.string(name)
                request.array(changes) { request, change in
                    request.string(change.key)
                    request.int8(change.operation)
                    request.nullableString(change.value)
                }
            }
            request.bool(checkOnly)
        }
        return try AnswerFields("int32 [ int16 nullable int8 string ]").read(bytes, version: 0)
    }
}

extension WireWriter {
    mutating func wish(_ wish: TopicWish) {
        string(wish.name)
        int32(wish.partitions)
        int16(wish.replicationFactor)
        array(wish.assignments) { writer, assignment in
            writer.int32(assignment.partition)
            writer.array(assignment.brokers) { $0.int32($1) }
        }
        array(wish.configs) { writer, config in
            writer.string(config.name)
            writer.nullableString(config.value)
        }
    }
}
