import Contracts
import Foundation
import LocalBroker

/// `headway broker`: the local broker alone.
enum BrokerAlone {
    static let command = Command(
        words: ["broker"],
        summary: "The local broker alone: one node that speaks the Kafka protocol",
        discussion: """
            An append-only log on disk with transactions and groups, for trying things out, for development and for tests.
            It is one node and will never be a cluster; it listens on loopback alone. Whoever outgrows a machine points
            HEADWAY_BROKERS at Apache Kafka, and nothing else changes. SIGTERM stops it; kill -9 loses nothing acknowledged.
            """,
        options: [
            .value(
                "data-dir", "DIR", environment: "HEADWAY_BROKER_DIR", standard: "./.headway-broker",
                "where the log is kept"),
            .value("host", "ADDRESS", standard: "127.0.0.1", "an address of loopback"),
            .value("port", "P", standard: "9092", "the port to listen on; 0: any free one"),
            .choice(
                "fsync", BrokerSettings.Durability.allCases.map(\.rawValue), standard: "group",
                "when an acknowledged record is on disk: each alone, together with others, or when the system likes"
            ),
            .value(
                "retention-check", "SECONDS", standard: "300",
                "how often retention and compaction are looked at"),
            .value(
                "control-port", "P",
                "take fault commands on this loopback port, for tests; 0: any free one"),
        ],
        examples: [
            .init(
                line: "headway broker --data-dir /srv/broker", what: "Kafka clients find it at 9092"
            ),
            .init(
                line: "headway broker --port 0 --fsync os -o json",
                what: "any port, told on the first line"),
        ],
        run: run)

    private static func run(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        let began = ContinuousClock.now
        var settings = BrokerSettings(
            dataDirectory: DataDirectory.absolute(try invocation.required("data-dir")))
        try DataDirectory.make(settings.dataDirectory, mode: 0o755)
        settings.host = try invocation.required("host")
        settings.port = try number("port", invocation, in: 0...UInt16.max)
        settings.durability = .init(rawValue: try invocation.required("fsync")) ?? .group
        settings.retentionCheckMilliseconds =
            1_000 * (try number("retention-check", invocation, in: 1...86_400))
        if invocation["control-port"] != nil {
            settings.controlPort = try number("control-port", invocation, in: 0...UInt16.max)
        }
        let (log, stop) = (surroundings.log, surroundings.stop)
        let broker = try LocalBroker.start(settings) { log.warning("broker", [.detail: $0]) }
        broker.whenEnded { stop.request($0 ?? "the broker has ended") }
        announce(broker, settings, invocation, surroundings)
        log.info("broker ready", [.port: broker.port, .milliseconds: elapsed(began)])
        stop.wait()
        log.info("stopping", [.detail: stop.why ?? ""])
        broker.stop()
        return broker.failure == nil ? .success : .failure
    }

    private static func announce(
        _ broker: LocalBroker, _ settings: BrokerSettings, _ invocation: Invocation,
        _ surroundings: Surroundings
    ) {
        guard invocation.json else {
            let faults = broker.controlPort.map { "   control 127.0.0.1:\($0)" } ?? ""
            surroundings.print(
                "broker    \(broker.bootstrap)   log \(settings.dataDirectory)\(faults)")
            return
        }
        let control: JSONValue = broker.controlPort.map { .number("\($0)") } ?? .null
        surroundings.print(
            JSONValue.object([
                ("state", .text("up")), ("brokers", .text(broker.bootstrap)),
                ("data_dir", .text(settings.dataDirectory)),
                ("fsync", .text(settings.durability.rawValue)),
                ("control_port", control),
            ]).compact)
    }

    private static func elapsed(_ began: ContinuousClock.Instant) -> Int64 {
        began.duration(to: .now).microseconds / 1_000
    }

    private static func number<T: FixedWidthInteger>(
        _ option: String, _ invocation: Invocation, in range: ClosedRange<T>
    ) throws -> T {
        let text = try invocation.required(option)
        guard let number = T(text), range.contains(number) else {
            throw UsageFailure(
                message:
                    "--\(option) takes \(range.lowerBound) to \(range.upperBound), not \(text)",
                command: invocation.words)
        }
        return number
    }
}
