import Contracts
import Foundation
import Judge
import Kafka
import Ledger
import Postgres

/// The running part of `up`: services and city on threads of their own, until stopped or at the
/// end.
final class UpSession {
    private let surroundings: Surroundings
    private let untilEnd: Bool
    private let group: ServiceGroup
    private let city: City?
    private let progress: ProgressBar?
    private let facts: ServiceFacts
    private let makeEnd: () throws -> EndOfPeriod
    private let zone: Zone

    init(
        _ invocation: Invocation, _ surroundings: Surroundings, catalogue: Catalogue,
        plan: PlanContract,
        servers: LocalServers, city: City.Plan?
    ) throws {
        self.surroundings = surroundings
        untilEnd = invocation.flag("until-end") && city != nil
        zone = plan.zone
        let stop = surroundings.stop
        let properties = try Connections.properties(invocation)
        let facts = ServiceFacts(log: surroundings.log)
        self.facts = facts
        let progress = city == nil ? nil : ProgressBar(label: plan.id, total: nil, unit: "records")
        self.progress = progress
        let standard = city == nil ? "wall" : "watermark"
        let factory = ServiceFactory(
            catalogue: catalogue, topics: try Folders.topicsPath(invocation),
            brokers: servers.brokers, kafka: properties,
            databaseURL: servers.database,
            clock: JudgeSettings.Clock(rawValue: invocation["clock"] ?? standard) ?? .wall,
            facts: facts, log: surroundings.log, stop: stop)
        var threads = try ServiceFactory.Role.allCases.flatMap {
            try factory.threads($0, onEnd: ServiceGroup.asksToStop(stop))
        }
        if let city {
            let settings = try KafkaSettings.producer(brokers: servers.brokers).merging(properties)
            let simulated = City(city, kafka: settings) { state in
                UpSession.show(state, facts, progress, plan.zone)
            }
            self.city = simulated
            threads.append(
                ServiceThread(name: "city", simulated) { thread in
                    ServiceGroup.asksToStop(stop)(thread)
                    facts.wake()
                })
        } else {
            self.city = nil
        }
        group = ServiceGroup(threads, stop: stop, log: surroundings.log)
        let admin = try KafkaSettings.admin(brokers: servers.brokers).merging(properties)
        let database = PostgresSettings(url: servers.database, applicationName: "headway-up")
        makeEnd = {
            try EndOfPeriod(kafka: admin, database: database, catalogue: catalogue)
        }
    }

    private static func show(
        _ state: City.State, _ facts: ServiceFacts, _ progress: ProgressBar?, _ zone: Zone
    ) {
        let counts = facts.current
        let day = state.day(in: zone).map { $0 + ", " } ?? ""
        progress?.update(
            done: state.records,
            detail: "\(day)\(grouped(counts.records)) counted, \(grouped(counts.changes)) changes")
    }

    /// Returns when a stop was asked for and everything of ours has ended.
    func run() throws -> ExitStatus {
        surroundings.stop.whenRequested { [facts] in facts.wake() }
        group.start()
        var atEnd = false
        do {
            atEnd = try untilEnd && awaitEnd()
            if atEnd { surroundings.stop.request("the period is over") }
        } catch {
            surroundings.stop.request("\(error)")
            try group.end()
            throw error
        }
        surroundings.stop.wait()
        progress?.finish()
        try group.end()
        if let why = surroundings.stop.why, !atEnd, !why.hasPrefix("SIG") {
            throw CommandFailure(why)
        }
        return .success
    }

    /// True when everything is judged and published, false when a stop came first.
    private func awaitEnd() throws -> Bool {
        while !surroundings.stop.isRequested, city?.current.isFinished == false {
            facts.wait(seconds: 0.5)
        }
        var end = try makeEnd()
        while !surroundings.stop.isRequested {
            if try end.isReached(judgedTo: facts.current.judgedTo) { return true }
            facts.wait(seconds: 0.5)
            UpSession.show(city?.current ?? City.State(), facts, progress, zone)
        }
        return false
    }
}
