/// What has one form, in requests and answers as in the broker's own files.
protocol WireValue {
    init(_ reader: inout WireReader) throws
    func encode(into writer: inout WireWriter)
}

/// What requests and answers say of partitions, listed under their topics.
typealias ByTopic<Element> = [(name: String, parts: [(name: TopicPartition, rest: Element)])]

/// What is asked for again is answered once: the answer, and the work for it, stay in proportion.
func once<Element>(_ asked: ByTopic<Element>) -> ByTopic<Element> {
    var seen: Set<TopicPartition> = []
    return asked.map { ($0.name, $0.parts.filter { seen.insert($0.name).inserted }) }
}

extension WireValue where Self: FixedWidthInteger {
    init(_ reader: inout WireReader) throws {
        let bytes = try reader.take(MemoryLayout<Self>.size)
        self.init(bigEndian: bytes.loadUnaligned(as: Self.self))
    }

    func encode(into writer: inout WireWriter) {
        withUnsafeBytes(of: bigEndian) { writer.raw($0) }
    }
}

// Not Int: whoever writes one has to say how wide it is there.
extension Int8: WireValue {}
extension Int16: WireValue {}
extension Int32: WireValue {}
extension Int64: WireValue {}
extension UInt64: WireValue {}

extension Bool: WireValue {
    init(_ reader: inout WireReader) throws { self = try reader.int8() != 0 }
    func encode(into writer: inout WireWriter) { writer.int8(self ? 1 : 0) }
}

extension String: WireValue {
    init(_ reader: inout WireReader) throws { self = try reader.string() }
    func encode(into writer: inout WireWriter) { writer.string(self) }
}

extension String?: WireValue {
    init(_ reader: inout WireReader) throws { self = try reader.nullableString() }
    func encode(into writer: inout WireWriter) { writer.nullableString(self) }
}

extension ErrorCode: WireValue {
    init(_ reader: inout WireReader) throws { rawValue = try reader.int16() }
    func encode(into writer: inout WireWriter) { writer.int16(rawValue) }
}

/// Null reads as empty.
extension Array: WireValue where Element: WireValue {
    init(_ reader: inout WireReader) throws { self = try reader.array { try Element(&$0) } }
    func encode(into writer: inout WireWriter) { writer.array(self) { $1.encode(into: &$0) } }
}

/// Pairs in the order of their keys.
extension Dictionary: WireValue where Key: WireValue & Comparable, Value: WireValue {
    init(_ reader: inout WireReader) throws {
        let pairs: [(Key, Value)] = try reader.array { try $0.read() }
        self.init(pairs) { $1 }
        guard count == pairs.count else { throw WireFailure(reason: "a key that is there twice") }
    }

    func encode(into writer: inout WireWriter) {
        writer.array(sorted { $0.key < $1.key }) { $0.write($1.key, $1.value) }
    }
}
