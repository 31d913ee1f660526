import Contracts
import Foundation
import Kafka
import Ledger
import Postgres

/// The running part of `up`: services and city on threads of their own, until stopped or at the end.
final class UpSession {
    private let surroundings: Surroundings
    private let untilEnd: Bool
    private let services: [ServiceThread]
    private let city: City?
    private let progress: Progress?

    init(
        _ invocation: Invocation, _ surroundings: Surroundings, catalogue: Catalogue, plan: PlanContract,
        servers: LocalServers, city: City.Plan?
    ) throws {
        self.surroundings = surroundings
        untilEnd = invocation.flag("until-end")
        let stop = surroundings.stop
        let progress = city == nil ? nil : Progress(label: plan.id, total: nil, unit: "records")
        self.progress = progress
        let zone = plan.zone
        let simulated = try city.map { city in
            let settings = try KafkaSettings.producer(brokers: servers.brokers)
                .merging(Connections.properties(invocation))
            return City(city, kafka: settings) { state in
                let day = state.at.map { "\(zone.day(at: $0).iso)" } ?? ""
                progress?.update(done: state.records, detail: day)
                if state.isFinished { progress?.finish() }
            }
        }
        self.city = simulated
        var threads: [ServiceThread] = []
        if let simulated {
            threads.append(ServiceThread(name: "city", simulated) { UpSession.ended($0, stop) })
        }
        services = threads
    }

    private static func ended(_ thread: ServiceThread, _ stop: Stop) {
        if let failure = thread.failure { stop.request("\(thread.name) failed: \(failure)") }
    }

    /// Returns when a stop was asked for and everything of ours has ended.
    func run() throws -> ExitStatus {
        for service in services { service.start() }
        surroundings.stop.wait()
        let log = surroundings.log
        log.info("stopping", [.detail: surroundings.stop.why ?? ""])
        for service in services { service.stop() }
        let deadline = ContinuousClock.now + .seconds(5)
        for service in services where !service.join(within: ContinuousClock.now.duration(to: deadline)) {
            log.warning("a service did not stop in time", [.service: service.name])
        }
        progress?.finish()
        let failed = services.first { $0.failure != nil }
        if let failed, let failure = failed.failure { throw CommandFailure("\(failed.name): \(failure)") }
        return .success
    }
}
