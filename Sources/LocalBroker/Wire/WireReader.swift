/// A request that ends early or says a length that cannot be: its connection is closed.
struct WireFailure: Error, Equatable, CustomStringConvertible {
    var reason: String
    var description: String { reason }
}

/// Reads a request's big-endian fields in order. Every length is checked against what is left, so
/// that nothing a client sends can trap or reserve more than it sent.
struct WireReader {
    private let buffer: UnsafeRawBufferPointer
    private(set) var position = 0

    /// The bytes must outlive the reader: it is used within the handling of one request.
    init(_ bytes: UnsafeRawBufferPointer) { buffer = bytes }

    var remaining: Int { buffer.count - position }

    /// The next `count` bytes, not copied.
    mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw WireFailure(reason: "\(count) bytes wanted at \(position), \(remaining) left")
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: buffer[position..<position + count])
    }

    mutating func int8() throws -> Int8 { try Int8(&self) }
    mutating func int16() throws -> Int16 { try Int16(&self) }
    mutating func int32() throws -> Int32 { try Int32(&self) }
    mutating func int64() throws -> Int64 { try Int64(&self) }
    mutating func bool() throws -> Bool { try Bool(&self) }

    mutating func string() throws -> String {
        guard let text = try nullableString() else { throw WireFailure(reason: "a null string") }
        return text
    }

    mutating func nullableString() throws -> String? {
        let count = try int16()
        return count < 0 ? nil : try text(Int(count))
    }

    private mutating func text(_ count: Int) throws -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else {
            throw WireFailure(reason: "a string that is not UTF-8 before \(position)")
        }
        return text
    }

    mutating func nullableBytes() throws -> UnsafeRawBufferPointer? {
        let count = try int32()
        return count < 0 ? nil : try take(Int(count))
    }

    mutating func bytes() throws -> [UInt8] {
        guard let taken = try nullableBytes() else { return [] }
        return [UInt8](taken)
    }

    /// Values in the order in which they stand: as many, and of the types, that are asked for.
    mutating func read<each Value: WireValue>() throws -> (repeat each Value) {
        (repeat try (each Value)(&self))
    }

    /// A null array reads as nil.
    mutating func nullableArray<T>(
        _ element: (inout WireReader) throws -> T
    ) throws -> [T]? {
        let count = Int(try int32())
        if count < 0 { return nil }
        // No element is shorter than a byte.
        guard count <= remaining else { throw WireFailure(reason: "an array of \(count)") }
        var elements: [T] = []
        for _ in 0..<count { elements.append(try element(&self)) }
        return elements
    }

    mutating func array<T>(_ element: (inout WireReader) throws -> T) throws -> [T] {
        try nullableArray(element) ?? []
    }

    /// Partitions listed under their topics, with what `element` reads behind their numbers.
    mutating func nullableByTopic<Element>(
        _ element: (inout WireReader) throws -> Element
    ) throws -> ByTopic<Element>? {
        try nullableArray { reader in
            let topic = try reader.string()
            let parts = try reader.array {
                (TopicPartition(topic: topic, partition: try $0.int32()), try element(&$0))
            }
            return (topic, parts)
        }
    }

    mutating func byTopic<Element>(
        _ element: (inout WireReader) throws -> Element
    ) throws -> ByTopic<Element> {
        try nullableByTopic(element) ?? []
    }

    // MARK: numbers of varying length

    /// Zigzag, as records have them.
    mutating func varint() throws -> Int64 {
        let value = try unsignedVarint(bytesMax: 10)
        return Int64(bitPattern: value >> 1) ^ -Int64(value & 1)
    }

    /// As the flexible encoding has them: that of ApiVersions 3 and DescribeCluster alone.
    mutating func unsignedVarint() throws -> UInt32 {
        UInt32(truncatingIfNeeded: try unsignedVarint(bytesMax: 5))
    }

    private mutating func unsignedVarint(bytesMax: Int) throws -> UInt64 {
        var value: UInt64 = 0
        for number in 0..<bytesMax {
            let byte = UInt8(bitPattern: try int8())
            value |= UInt64(byte & 0x7F) << (7 * UInt64(number))
            if byte & 0x80 == 0 { return value }
        }
        throw WireFailure(reason: "a varint of more than \(bytesMax) bytes")
    }

    mutating func compactString() throws -> String {
        let count = try unsignedVarint()
        return count == 0 ? "" : try text(Int(count) - 1)
    }

    mutating func skipTags() throws {
        for _ in 0..<(try unsignedVarint()) {
            _ = try unsignedVarint()
            _ = try take(Int(try unsignedVarint()))
        }
    }
}
