import Foundation
import Kafka
import Postgres

/// Options that say where the servers are, and what they come to.
enum Connections {
    static let brokers = Option.value(
        "brokers", "HOST:PORT,...", environment: "HEADWAY_BROKERS", "a running Kafka cluster")
    static let kafka = Option.value(
        "kafka", "NAME=VALUE",
        "a property of librdkafka, passed through (`sasl.username=...`); repeats"
    ).repeating()
    static let database = Option.value(
        "database", "URL", environment: "HEADWAY_DATABASE_URL",
        "a running PostgreSQL: URL or connection string"
    ).kept(secret: true)
    static let dataDirectory = Option.value(
        "data-dir", "DIR", environment: "HEADWAY_DATA_DIR",
        "where `headway up` keeps its servers (default ./.headway where it exists, else ~/.local/share/headway)"
    )

    static let all = [brokers, kafka, database, dataDirectory]

    /// The data directory that is meant when none is given: ./.headway where it exists, else the
    /// user's own.
    static func dataPath(_ invocation: Invocation) -> String {
        if let given = invocation["data-dir"] { return DataDirectory.absolute(given) }
        let here = DataDirectory.absolute(".headway")
        if FileManager.default.fileExists(atPath: here) { return here }
        let home = invocation.environment["HOME"] ?? "/var/lib"
        return home + "/.local/share/headway"
    }

    /// Brokers: given, or those that a running `headway up` has written down.
    static func brokers(_ invocation: Invocation) throws -> String {
        if let given = invocation["brokers"] { return given }
        if let running = Endpoints.read(dataPath(invocation))?.brokers { return running }
        throw CommandFailure(
            "no broker: set HEADWAY_BROKERS (host:port,...), start `headway broker`, or `headway up` and name its --data-dir"
        )
    }

    /// Settings of the database: given, or those that a running `headway up` has written down.
    static func database(_ invocation: Invocation, role: String) throws -> PostgresSettings {
        if let given = invocation["database"] {
            return PostgresSettings(url: given, applicationName: "headway-\(role)")
        }
        if let running = Endpoints.read(dataPath(invocation))?.database {
            return PostgresSettings(url: running, applicationName: "headway-\(role)")
        }
        throw CommandFailure(
            "no database: set HEADWAY_DATABASE_URL, or start `headway up` and name its --data-dir")
    }

    /// The properties of `--kafka NAME=VALUE`. Throws `UsageFailure` where the sign is missing.
    static func properties(_ invocation: Invocation) throws -> [String: String] {
        var result: [String: String] = [:]
        for text in invocation.list("kafka") {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                throw UsageFailure(
                    message: "--kafka takes NAME=VALUE, not \(text)", command: invocation.words)
            }
            result[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        return result
    }
}
