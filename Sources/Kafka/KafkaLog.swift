internal import CRDKafka
internal import Foundation
internal import Synchronization

/// Where librdkafka's own log lines go. One place for all handles of the process.
package enum KafkaLog {
    /// `level` is syslog's: 3 errors, 4 warnings, 6 information. `facility` is librdkafka's short
    /// word.
    package struct Line: Sendable {
        package let level: Int
        package let client: String
        package let facility: String
        package let text: String
    }

    private static let sink = Mutex<(@Sendable (Line) -> Void)?>(nil)

    /// Called from the library's threads: must not block. Until it is set, lines are written to
    /// standard error.
    package static func send(to receiver: @escaping @Sendable (Line) -> Void) {
        sink.withLock { $0 = receiver }
    }

    static func configure(_ configuration: OpaquePointer) {
        rd_kafka_conf_set_log_cb(configuration) { client, level, facility, text in
            let line = Line(
                level: Int(level),
                client: client.map { String(cString: rd_kafka_name($0)) } ?? "",
                facility: facility.map { String(cString: $0) } ?? "",
                text: text.map { String(cString: $0) } ?? "")
            if let receiver = KafkaLog.sink.withLock({ $0 }) {
                receiver(line)
            } else if level <= 4 {
                let text = "\(line.client) \(line.facility): \(line.text)\n"
                FileHandle.standardError.write(Data(text.utf8))
            }
        }
    }
}
