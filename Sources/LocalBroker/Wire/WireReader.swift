/// A request that ends early or says a length that cannot be: its connection is closed.
struct WireFailure: Error, Equatable { var reason: String }

/// Reads a request's big-endian fields in order. Every length is checked against what is left, so
/// that nothing a client sends can trap or reserve more than it sent.
struct WireReader {
    private let buffer: UnsafeRawBufferPointer
    private(set) var position = 0

    /// The bytes must outlive the reader: it is used within the handling of one request.
    init(_ bytes: UnsafeRawBufferPointer) { buffer = bytes }

    var remaining: Int { buffer.count - position }

    /// The next `count` bytes, not copied.
    mutating func take(_ count: Int) throws(WireFailure) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw WireFailure(reason: "\(count) bytes wanted at \(position), \(remaining) left")
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: buffer[position..<position + count])
    }

    private mutating func integer<T: FixedWidthInteger>() throws(WireFailure) -> T {
        T(bigEndian: try take(MemoryLayout<T>.size).loadUnaligned(as: T.self))
    }

    mutating func int8() throws(WireFailure) -> Int8 { try integer() }
    mutating func int16() throws(WireFailure) -> Int16 { try integer() }
    mutating func int32() throws(WireFailure) -> Int32 { try integer() }
    mutating func int64() throws(WireFailure) -> Int64 { try integer() }
    mutating func bool() throws(WireFailure) -> Bool { try int8() != 0 }

    mutating func string() throws(WireFailure) -> String {
        guard let text = try nullableString() else { throw WireFailure(reason: "a null string") }
        return text
    }

    mutating func nullableString() throws(WireFailure) -> String? {
        let count = try int16()
        return count < 0 ? nil : try text(Int(count))
    }

    private mutating func text(_ count: Int) throws(WireFailure) -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else {
            throw WireFailure(reason: "a string that is not UTF-8 before \(position)")
        }
        return text
    }

    mutating func nullableBytes() throws(WireFailure) -> UnsafeRawBufferPointer? {
        let count = try int32()
        return count < 0 ? nil : try take(Int(count))
    }

    mutating func bytes() throws(WireFailure) -> [UInt8] {
        guard let taken = try nullableBytes() else { return [] }
        return [UInt8](taken)
    }

    /// A null array reads as nil.
    mutating func nullableArray<T>(
        _ element: (inout WireReader) throws(WireFailure) -> T
    ) throws(WireFailure) -> [T]? {
        let count = Int(try int32())
        if count < 0 { return nil }
        // No element is shorter than a byte.
        guard count <= remaining else { throw WireFailure(reason: "an array of \(count)") }
        var elements: [T] = []
        for _ in 0..<count { elements.append(try element(&self)) }
        return elements
    }

    mutating func array<T>(
        _ element: (inout WireReader) throws(WireFailure) -> T
    ) throws(WireFailure) -> [T] {
        try nullableArray(element) ?? []
    }

    mutating func strings() throws(WireFailure) -> [String] {
        try array { (one: inout WireReader) throws(WireFailure) in try one.string() }
    }

    mutating func int32s() throws(WireFailure) -> [Int32] {
        try array { (one: inout WireReader) throws(WireFailure) in try one.int32() }
    }

    // MARK: the flexible encoding, of ApiVersions 3 alone

    mutating func unsignedVarint() throws(WireFailure) -> UInt32 {
        var value: UInt32 = 0
        for shift in stride(from: UInt32(0), to: 35, by: 7) {
            let byte = UInt8(bitPattern: try int8())
            value |= UInt32(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw WireFailure(reason: "a varint of more than five bytes")
    }

    mutating func compactString() throws(WireFailure) -> String {
        let count = try unsignedVarint()
        return count == 0 ? "" : try text(Int(count) - 1)
    }

    mutating func skipTags() throws(WireFailure) {
        for _ in 0..<(try unsignedVarint()) {
            _ = try unsignedVarint()
            _ = try take(Int(try unsignedVarint()))
        }
    }
}
