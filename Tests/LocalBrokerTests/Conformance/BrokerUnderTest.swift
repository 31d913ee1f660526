import Foundation
import HeadwayTesting
import LocalBroker
import Testing

/// The brokers that must answer alike.
enum BrokerUnderTest: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case local
    case kafka39 = "3.9.2"
    case kafka43 = "4.3.1"

    /// Those that can be started here; `HEADWAY_CONFORMANCE=local,4.3.1` leaves others out.
    static let present: [BrokerUnderTest] = {
        let chosen = ProcessInfo.processInfo.environment["HEADWAY_CONFORMANCE"]
        return allCases.filter { broker in
            (broker == .local || RealKafka.versions.contains(broker.rawValue))
                && chosen.map { $0.split(separator: ",").contains { $0 == broker.rawValue } }
                    ?? true
        }
    }()

    var testDescription: String { self == .local ? "the local broker" : "Kafka \(rawValue)" }

    /// Started when it is first asked for, and ready for topics, groups and transactions.
    func port() throws -> UInt16 {
        switch self {
        case .local: try Self.localPort.get()
        case .kafka39: try Self.kafka39Port.get()
        case .kafka43: try Self.kafka43Port.get()
        }
    }

    func bootstrap() throws -> String { "127.0.0.1:\(try port())" }

    private static let kafka39Port = Result { try start(.kafka39) }
    private static let kafka43Port = Result { try start(.kafka43) }
    private static let localPort = Result { () throws -> UInt16 in
        try localBroker.get().port
    }

    private static let localBroker = Result { () throws -> LocalBroker in
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("headway-conformance-\(UUID().uuidString)").path
        var settings = BrokerSettings(dataDirectory: folder)
        settings.port = 0
        settings.retentionCheckMilliseconds = 500
        let broker = try LocalBroker.start(settings) { print("local broker: \($0)") }
        localFolder = folder
        atexit {
            if let folder = BrokerUnderTest.localFolder {
                do { try FileManager.default.removeItem(atPath: folder) } catch {}
            }
        }
        return broker
    }

    /// Written once, before `atexit` may read it.
    nonisolated(unsafe) private static var localFolder: String?

    private static func start(_ broker: BrokerUnderTest) throws -> UInt16 {
        let address = try RealKafka.version(broker.rawValue).brokers
        guard let port = address.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw Conversation.Failure.refused(address)
        }
        // A starting broker refuses connections, then requests: the first topic says it is ready.
        let word = "ready-\(UUID().uuidString.prefix(8))"
        try waitUntil("\(broker.testDescription) is ready", seconds: 90) {
            do {
                let client = try Conversation(broker, port: port)
                let created = try client.ask(
                    .createTopics, nil, ["topics": [["name": .text(word)]]]
                ).topics[0].error
                let group = try client.ask(.findCoordinator, nil, ["key": "a", "type": 0])
                let transaction = try client.ask(.findCoordinator, nil, ["key": "a", "type": 1])
                return [0, 36].contains(created) && group.error == 0 && transaction.error == 0
            } catch is Conversation.Failure {
                return false
            }
        }
        return port
    }
}

struct WaitFailure: Error, CustomStringConvertible {
    let description: String
}

/// Looks again and again until the fact is there.
func waitUntil(_ fact: String, seconds: Int = 30, _ isThere: () throws -> Bool) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while !(try isThere()) {
        guard ContinuousClock.now < end else {
            throw WaitFailure(description: "not within \(seconds) s: \(fact)")
        }
        // The pause between two looks.
        _ = poll(nil, 0, 20)
    }
}
