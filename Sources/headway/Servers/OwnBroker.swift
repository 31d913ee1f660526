import Foundation
import LocalBroker

/// The broker that `up` runs itself: Apache Kafka where its folder is named, else the local broker.
enum OwnBroker: Sendable {
    case kafka(PrivateKafka)
    case local(LocalBroker)

    /// Starts it under the data directory; the local broker answers when this returns, Kafka after
    /// `awaitReady`. Throws where the directory's log is the other one's.
    static func launch(
        under dataPath: String, kafkaHome: String?, environment: [String: String], log: Log
    ) throws -> OwnBroker {
        let (kafka, local) = (dataPath + "/kafka", LocalBrokerFolder(under: dataPath))
        if let kafkaHome {
            guard !local.exists else {
                throw ServerFailure(
                    "the log in \(dataPath) is the local broker's: unset KAFKA_HOME, or give another --data-dir"
                )
            }
            return .kafka(
                try PrivateKafka.launch(
                    under: dataPath, kafkaHome: kafkaHome, environment: environment))
        }
        guard !FileManager.default.fileExists(atPath: kafka) else {
            throw ServerFailure(
                "the log in \(dataPath) is Apache Kafka's: set KAFKA_HOME to go on with it, or give another --data-dir"
            )
        }
        return .local(try local.start(log))
    }

    var bootstrap: String {
        switch self {
        case .kafka(let kafka): kafka.bootstrap
        case .local(let broker): broker.bootstrap
        }
    }

    /// Returns when it takes connections.
    func awaitReady(_ log: Log) throws {
        switch self {
        case .kafka(let kafka):
            try kafka.awaitReady(seconds: 60)
            log.info("server ready", [.server: "kafka", .port: kafka.port])
        case .local(let broker):
            log.info("server ready", [.server: "local broker", .port: broker.port])
        }
    }

    func whenEnded(_ action: @escaping @Sendable (String) -> Void) {
        switch self {
        case .kafka(let kafka): kafka.whenEnded { action("Kafka ended with \($0)") }
        case .local(let broker):
            broker.whenEnded { $0.map { action("the local broker ended: \($0)") } }
        }
    }

    /// Kafka takes its time: asked first, awaited after the others were asked.
    func askToStop() {
        if case .kafka(let kafka) = self { kafka.askToStop() }
    }

    func awaitStopped() {
        switch self {
        case .kafka(let kafka): kafka.awaitStopped(seconds: 5)
        case .local(let broker): broker.stop()
        }
    }
}
