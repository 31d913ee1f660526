/// Builds an answer: big-endian fields, and ranges of log files that are sent without being read.
struct WireWriter {
    private(set) var pieces: [AnswerPiece] = []
    private(set) var buffer: [UInt8] = []

    init() {}

    /// An answer's body, which starts with the throttle time (none) from this version on.
    init(_ call: Call, throttledFrom version: Int16) {
        if call.version >= version { int32(0) }
    }

    private mutating func integer<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.bigEndian) { buffer.append(contentsOf: $0) }
    }

    mutating func int8(_ value: Int8) { integer(value) }
    mutating func int16(_ value: Int16) { integer(value) }
    mutating func int32(_ value: Int32) { integer(value) }
    mutating func int64(_ value: Int64) { integer(value) }
    mutating func bool(_ value: Bool) { integer(Int8(value ? 1 : 0)) }
    mutating func error(_ code: ErrorCode) { integer(code.rawValue) }

    /// At most 32,767 bytes of it: nothing that a broker says is longer.
    mutating func string(_ text: String) {
        let utf8 = text.utf8.prefix(Int(Int16.max))
        integer(Int16(utf8.count))
        buffer.append(contentsOf: utf8)
    }

    mutating func nullableString(_ text: String?) {
        if let text { string(text) } else { integer(Int16(-1)) }
    }

    mutating func bytes(_ value: some Collection<UInt8>) {
        integer(Int32(value.count))
        buffer.append(contentsOf: value)
    }

    mutating func raw(_ value: some Sequence<UInt8>) { buffer.append(contentsOf: value) }

    mutating func array<T>(
        _ elements: some Collection<T>, _ each: (inout WireWriter, T) throws -> Void
    ) rethrows {
        integer(Int32(elements.count))
        for element in elements { try each(&self, element) }
    }

    /// Values in the order in which they stand, each in the one form that its type has.
    mutating func write<each Value: WireValue>(_ value: repeat each Value) {
        repeat (each value).encode(into: &self)
    }

    mutating func byTopic<Element>(
        _ topics: ByTopic<Element>,
        _ each: (inout WireWriter, TopicPartition, Element) throws -> Void
    ) rethrows {
        try array(topics) { writer, topic in
            writer.string(topic.name)
            try writer.array(topic.parts) { try each(&$0, $1.name, $1.rest) }
        }
    }

    /// Records: their length, then the file's bytes.
    mutating func records(_ range: FileRange?) {
        int32(Int32(range?.count ?? 0))
        guard let range, range.count > 0 else { return }
        pieces += [.bytes(buffer), .file(range)]
        buffer = []
    }

    mutating func unsignedVarint(_ value: UInt32) {
        var rest = value
        while rest >= 0x80 {
            buffer.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        buffer.append(UInt8(rest))
    }

    consuming func finished() -> [AnswerPiece] {
        buffer.isEmpty ? pieces : pieces + [.bytes(buffer)]
    }
}

/// One part of an answer, in the order of sending.
enum AnswerPiece {
    case bytes([UInt8])
    case file(FileRange)
}

/// Whole bytes of a log file, kept open until they are sent.
struct FileRange {
    var file: LogFile
    var offset: Int
    var count: Int
}
