import Contracts
import Foundation
import Ingest
import Judge
import Kafka
import Ledger
import Postgres
import Relay

/// Makes the services from what the command line, the environment and Topics/ say.
struct ServiceFactory {
    enum Role: String, Sendable, CaseIterable { case ingest, judge, relay }

    var catalogue: Catalogue
    /// The folder that it was read from; plans are read from there again.
    var topics: String
    var brokers: String
    var kafka: [String: String]
    var databaseURL: String
    var clock: JudgeSettings.Clock
    /// Streams that are read; empty: all.
    var streams: Set<String> = []
    var facts: ServiceFacts
    var log: Log
    var stop: Stop

    /// Host and process: shown in the ledger, for people.
    private var owner: String { "\(ProcessInfo.processInfo.hostName)/\(getpid())" }

    private func database(_ role: String) -> PostgresSettings {
        PostgresSettings(url: databaseURL, applicationName: "headway-\(role)")
    }

    /// The threads of a role, not started yet.
    func threads(_ role: Role, onEnd: @escaping @Sendable (ServiceThread) -> Void) throws
        -> [ServiceThread]
    {
        switch role {
        case .ingest:
            return catalogue.streams.filter { streams.isEmpty || streams.contains($0.name) }.map {
                contract in
                let settings = IngestSettings(
                    contract: contract, brokers: brokers, kafka: kafka,
                    database: database("ingest"), instance: owner)
                let service = IngestService(settings: settings, observer: facts)
                return ServiceThread(name: "ingest \(contract.name)", service, onEnd: onEnd)
            }
        case .judge:
            let settings = JudgeSettings(clock: clock, owner: owner)
            // Its first snapshot reads years of sums in single statements.
            var database = database("judge")
            (database.statementTimeout, database.callTimeout) = (.seconds(120), .seconds(130))
            let service = try Judge(
                settings: settings, catalogue: catalogue, database: database, observer: facts)
            let watch = try PlanWatch(topics: topics, catalogue: catalogue, log: log) {
                [weak service] plans in service?.takeUp(plans)
            }
            stop.onHangUp { watch.readAgain() }
            return [
                ServiceThread(name: "judge", service, onEnd: onEnd),
                ServiceThread(name: "plans", watch, onEnd: onEnd),
            ]
        case .relay:
            guard let outputs = RelayOutputs(catalogue: catalogue) else {
                throw CommandFailure(
                    "Topics/outputs must declare status, status_changes and dead_letters")
            }
            let configuration = RelayConfiguration(
                brokers: brokers, kafka: kafka, database: database("relay"), outputs: outputs,
                owner: owner)
            let service = try RelayService(configuration: configuration, observer: facts)
            return [ServiceThread(name: "relay", service, onEnd: onEnd)]
        }
    }
}
