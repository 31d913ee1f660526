import Contracts
import Foundation
import Synchronization

/// How grave a line of the log is.
enum LogLevel: String, Sendable, Comparable, CaseIterable {
    case debug, info, warning, error

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }

    static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rank < right.rank
    }
}

/// The only fields that a line of the log may carry. None of them is ever a payload or a secret.
enum LogField: String, Sendable, CaseIterable {
    case service, stream, topic, partition, offset, generation, term, state, plan, target, status,
        cause, sequence
    case records, folded, duplicate
    case deadLetter = "dead_letter"
    case skipped, bytes, events, changes, published
    case lagRecords = "lag_records"
    case rate, milliseconds
    case asOf = "as_of"
    case watermark, detail, error, code
    case server, version, address, port, pid, path, option, migration, signal, owner, speed, seed,
        position
}

/// Structured log on stderr: one line a fact, `key=value` or JSON, fields from an allow-list.
final class Log: Sendable {
    enum Form: String, Sendable { case text, json }

    typealias Fields = KeyValuePairs<LogField, any CustomStringConvertible & Sendable>

    private let form: Form
    private let least: LogLevel
    private let sink: @Sendable (String) -> Void
    private let clock: @Sendable () -> Date

    init(
        form: Form, least: LogLevel,
        sink: @escaping @Sendable (String) -> Void = Terminal.writeError,
        clock: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.form = form
        self.least = least
        self.sink = sink
        self.clock = clock
    }

    func debug(_ event: String, _ fields: Fields = [:]) { write(.debug, event, fields) }
    func info(_ event: String, _ fields: Fields = [:]) { write(.info, event, fields) }
    func warning(_ event: String, _ fields: Fields = [:]) { write(.warning, event, fields) }
    func error(_ event: String, _ fields: Fields = [:]) { write(.error, event, fields) }

    func write(_ level: LogLevel, _ event: String, _ fields: Fields) {
        guard level >= least else { return }
        var values: [(String, JSONValue)] = [
            ("time", .text(Log.timestamp(clock()))), ("level", .text(level.rawValue)),
            ("event", .text(event)),
        ]
        for (field, value) in fields {
            if let number = value as? any BinaryInteger {
                values.append((field.rawValue, .number(String(describing: number))))
            } else {
                values.append((field.rawValue, .text(String(describing: value))))
            }
        }
        switch form {
        case .json: sink(JSONValue.object(values).compact + "\n")
        case .text: sink(values.map { "\($0.0)=\(Log.plain($0.1))" }.joined(separator: " ") + "\n")
        }
    }

    /// A value of a `key=value` line: quoted where it has a space, a quote, an equals sign or a
    /// control character.
    private static func plain(_ value: JSONValue) -> String {
        guard case .text(let text) = value else { return value.compact }
        let plain =
            !text.isEmpty
            && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "\"" && $0 != "=" }
        return plain ? text : value.compact
    }

    private static func timestamp(_ date: Date) -> String {
        let milliseconds = Int64((date.timeIntervalSince1970 * 1_000).rounded(.down))
        var seconds = time_t(milliseconds / 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func pad(_ value: Int, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let day =
            "\(pad(Int(parts.tm_year) + 1900, 4))-\(pad(Int(parts.tm_mon) + 1, 2))-\(pad(Int(parts.tm_mday), 2))"
        let time =
            "\(pad(Int(parts.tm_hour), 2)):\(pad(Int(parts.tm_min), 2)):\(pad(Int(parts.tm_sec), 2))"
        return "\(day)T\(time).\(pad(Int(milliseconds % 1_000), 3))Z"
    }
}
