/// A typed parameter, sent in binary.
package enum PostgresValue: Sendable, Equatable {
    /// Null of whatever type the statement expects.
    case null
    case bool(Bool)
    case int4(Int32)
    case int8(Int64)
    case text(String)
    case bytes([UInt8])
    /// Microseconds since 1970-01-01T00:00:00Z; the extremes of Int64 are the two infinities.
    case timestamp(Int64)
    /// Days since 1970-01-01; the extremes of Int32 are the two infinities.
    case date(Int32)
    case bools([Bool])
    case int2s([Int16])
    case int4s([Int32])
    case int8s([Int64])
    case optionalInt4s([Int32?])
    case optionalInt8s([Int64?])
    case texts([String])
    case optionalTexts([String?])
    case byteas([[UInt8]?])
    case timestamps([Int64])
    case optionalTimestamps([Int64?])
    case dates([Int32])

    /// The type's object identifier (`pg_type.oid`, fixed for built-in types). Zero lets the server
    /// infer.
    var oid: UInt32 {
        switch self {
        case .null: 0
        case .bool: 16
        case .int4: 23
        case .int8: 20
        case .text: 25
        case .bytes: 17
        case .timestamp: 1184
        case .date: 1082
        case .bools: 1000
        case .int2s: 1005
        case .int4s, .optionalInt4s: 1007
        case .int8s, .optionalInt8s: 1016
        case .texts, .optionalTexts: 1009
        case .byteas: 1001
        case .timestamps, .optionalTimestamps: 1185
        case .dates: 1182
        }
    }

    /// Null where there is nothing.
    package static func int8(orNull value: Int64?) -> PostgresValue {
        value.map { .int8($0) } ?? .null
    }
    package static func int4(orNull value: Int32?) -> PostgresValue {
        value.map { .int4($0) } ?? .null
    }
    package static func text(orNull value: String?) -> PostgresValue {
        value.map { .text($0) } ?? .null
    }
    package static func bytes(orNull value: [UInt8]?) -> PostgresValue {
        value.map { .bytes($0) } ?? .null
    }
    package static func timestamp(orNull value: Int64?) -> PostgresValue {
        value.map { .timestamp($0) } ?? .null
    }
}

/// A statement with its parameters.
package struct PostgresStatement: Sendable, Equatable {
    package var sql: String
    package var parameters: [PostgresValue]

    package init(_ sql: String, _ parameters: [PostgresValue] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}

/// Between PostgreSQL's epoch, 2000-01-01, and ours.
enum PostgresEpoch {
    static let microseconds: Int64 = 946_684_800_000_000
    static let days: Int32 = 10_957

    static func encode(timestamp: Int64) -> Int64 {
        if timestamp == .max || timestamp == .min { return timestamp }
        let (value, overflow) = timestamp.subtractingReportingOverflow(microseconds)
        return overflow ? .min : value
    }

    static func decode(timestamp: Int64) -> Int64 {
        if timestamp == .max || timestamp == .min { return timestamp }
        let (value, overflow) = timestamp.addingReportingOverflow(microseconds)
        return overflow ? .max : value
    }

    static func encode(date: Int32) -> Int32 {
        if date == .max || date == .min { return date }
        let (value, overflow) = date.subtractingReportingOverflow(days)
        return overflow ? .min : value
    }

    static func decode(date: Int32) -> Int32 {
        if date == .max || date == .min { return date }
        let (value, overflow) = date.addingReportingOverflow(days)
        return overflow ? .max : value
    }
}
