/// The fields of one message in all its versions, from a line of text (MessageTable).
///
/// A field is `name:type`, then `/3+` or `/0-2` where not all versions have it, then `=default`.
/// Types: i8 i16 i32 i64 bool str bytes; `?` before: may be null; `c` before: compact;
/// `[i32]`: an array; `name:[ … ]`: an array of structures; `tags`: tagged fields.
struct MessageSchema: Sendable {
    enum Failure: Error, Equatable {
        case ended
        case left(Int)
        case unknownField(String)
        case wrongType(String)
        case malformed(String)
    }

    indirect enum Kind: Sendable {
        case int(Int)
        case string(nullable: Bool, compact: Bool)
        case bytes(nullable: Bool)
        case list(Kind, nullable: Bool, compact: Bool)
        case structure([Field])
        case tags
    }

    struct Field: Sendable {
        var name: String
        var kind: Kind
        var versions: ClosedRange<Int16>
        var fallback: Value?
    }

    private let fields: [Field]

    init(_ text: String) throws {
        var tokens = text.split(whereSeparator: \.isWhitespace).map(String.init)[...]
        fields = try Self.parse(&tokens)
    }

    private static func parse(_ tokens: inout ArraySlice<String>) throws -> [Field] {
        var fields: [Field] = []
        while let token = tokens.popFirst(), token != "]" {
            let named = token.split(separator: ":", maxSplits: 1).map(String.init)
            let halves = named[named.count - 1].split(separator: "=").map(String.init)
            let parts = halves[0].split(separator: "/").map(String.init)
            var versions: ClosedRange<Int16> = 0...Int16.max
            if parts.count > 1 {
                let ends = parts[1].split(whereSeparator: { "+-".contains($0) })
                    .compactMap { Int16($0) }
                versions = ends[0]...(parts[1].hasSuffix("+") ? Int16.max : ends[ends.count - 1])
            }
            var fallback: Value?
            if halves.count > 1 { fallback = Int64(halves[1]).map(Value.int) ?? .text(halves[1]) }
            let kind = try kind(parts[0], &tokens)
            fields.append(
                Field(name: named[0], kind: kind, versions: versions, fallback: fallback))
        }
        return fields
    }

    private static func kind(_ text: String, _ tokens: inout ArraySlice<String>) throws -> Kind {
        let (compact, nullable) = (text.contains("c"), text.contains("?"))
        if text.hasSuffix("[") {
            return .list(.structure(try parse(&tokens)), nullable: nullable, compact: compact)
        }
        if text.hasSuffix("]") {
            let inner = text.drop { $0 != "[" }.dropFirst().dropLast()
            return .list(try kind(String(inner), &tokens), nullable: nullable, compact: compact)
        }
        switch text.drop(while: { "?c".contains($0) }) {
        case "i8", "bool": return .int(1)
        case "i16": return .int(2)
        case "i32": return .int(4)
        case "i64": return .int(8)
        case "str": return .string(nullable: nullable, compact: compact)
        case "bytes": return .bytes(nullable: nullable)
        case "tags": return .tags
        default: throw Failure.malformed(text)
        }
    }

    // MARK: writing

    func encode(_ value: Value, version: Int16) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try Self.encode(value, fields, version, &bytes)
        return bytes
    }

    private static func encode(
        _ value: Value, _ fields: [Field], _ version: Int16, _ bytes: inout [UInt8]
    ) throws {
        guard case .fields(let given) = value else { throw Failure.wrongType("\(value)") }
        for name in given.keys where !fields.contains(where: { $0.name == name }) {
            throw Failure.unknownField(name)
        }
        for field in fields where field.versions.contains(version) {
            try encode(given[field.name] ?? field.fallback, field, field.kind, version, &bytes)
        }
    }

    private static func encode(
        _ value: Value?, _ field: Field, _ kind: Kind, _ version: Int16, _ bytes: inout [UInt8]
    ) throws {
        switch (kind, value) {
        case (.tags, _): bytes.append(0)
        case (.int(let size), nil): bytes.append(big: 0, size)
        case (.int(let size), .int(let number)?): bytes.append(big: number, size)
        case (.string(true, true), nil), (.string(true, true), .null): bytes.append(0)
        case (.string(true, false), nil), (.string(true, false), .null): bytes.append(big: -1, 2)
        case (.string(_, let compact), let value):
            let utf8 = Array((value?.string ?? "").utf8)
            if compact {
                bytes.append(varint: utf8.count + 1)
            } else {
                bytes.append(big: utf8.count, 2)
            }
            bytes += utf8
        case (.bytes(true), nil), (.bytes(true), .null): bytes.append(big: -1, 4)
        case (.bytes, let value):
            bytes.append(big: (value ?? .bytes([])).data.count, 4)
            bytes += (value ?? .bytes([])).data
        case (.list(_, true, false), nil), (.list(_, true, false), .null): bytes.append(big: -1, 4)
        case (.list(let inner, _, let compact), let value):
            let list = (value ?? .list([])).list
            if compact {
                bytes.append(varint: list.count + 1)
            } else {
                bytes.append(big: list.count, 4)
            }
            for element in list { try encode(element, field, inner, version, &bytes) }
        case (.structure(let fields), let value?): try encode(value, fields, version, &bytes)
        default: throw Failure.wrongType(field.name)
        }
    }

    // MARK: reading

    /// Throws where the bytes are not exactly this message.
    func decode(_ bytes: [UInt8], from start: Int = 0, version: Int16) throws -> Value {
        var reader = ByteReader(bytes, at: start)
        let value = try Self.decode(&reader, fields, version)
        guard reader.remaining == 0 else { throw Failure.left(reader.remaining) }
        return value
    }

    private static func decode(
        _ reader: inout ByteReader, _ fields: [Field], _ version: Int16
    ) throws -> Value {
        var values: [String: Value] = [:]
        for field in fields where field.versions.contains(version) {
            values[field.name] = try decode(&reader, field.kind, version)
        }
        return .fields(values)
    }

    private static func decode(
        _ reader: inout ByteReader, _ kind: Kind, _ version: Int16
    ) throws -> Value {
        switch kind {
        case .int(let size): return .int(try reader.big(size))
        case .string(let nullable, let compact):
            let count = compact ? try reader.varint() - 1 : Int(try reader.big(2))
            if count < 0, nullable { return .null }
            return .text(String(decoding: try reader.take(count), as: UTF8.self))
        case .bytes(let nullable):
            let count = Int(try reader.big(4))
            if count < 0, nullable { return .null }
            return .bytes(try reader.take(count))
        case .list(let inner, let nullable, let compact):
            let count = compact ? try reader.varint() - 1 : Int(try reader.big(4))
            if count < 0, nullable { return .null }
            guard count >= 0 else { throw Failure.malformed("a null array") }
            return .list(try (0..<count).map { _ in try decode(&reader, inner, version) })
        case .structure(let fields): return try decode(&reader, fields, version)
        case .tags:
            for _ in 0..<(try reader.varint()) {
                _ = try reader.varint()
                _ = try reader.take(try reader.varint())
            }
            return .null
        }
    }
}

struct ByteReader {
    private let bytes: [UInt8]
    private(set) var position: Int

    init(_ bytes: [UInt8], at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    var remaining: Int { bytes.count - position }

    mutating func take(_ count: Int) throws -> [UInt8] {
        guard count >= 0, count <= remaining else { throw MessageSchema.Failure.ended }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// A signed big-endian integer.
    mutating func big(_ size: Int) throws -> Int64 {
        let taken = try take(size)
        return taken.reduce(taken[0] & 0x80 == 0 ? 0 : -1) { $0 << 8 | Int64($1) }
    }

    mutating func varint() throws -> Int {
        var (value, shift) = (UInt64(0), UInt64(0))
        while shift < 64 {
            let byte = try take(1)[0]
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return Int(truncatingIfNeeded: value) }
            shift += 7
        }
        throw MessageSchema.Failure.malformed("a varint")
    }

    mutating func zigzag() throws -> Int {
        let value = UInt64(bitPattern: Int64(try varint()))
        return Int(truncatingIfNeeded: value >> 1) ^ -Int(truncatingIfNeeded: value & 1)
    }
}

extension [UInt8] {
    mutating func append(big number: some BinaryInteger, _ size: Int) {
        for place in (0..<size).reversed() {
            append(UInt8(truncatingIfNeeded: number >> (8 * place)))
        }
    }

    mutating func append(varint number: Int) {
        var rest = UInt64(bitPattern: Int64(number))
        while rest >= 0x80 {
            append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    mutating func append(zigzag number: some BinaryInteger) {
        let wide = Int64(number)
        append(varint: Int(wide << 1 ^ wide >> 63))
    }
}
