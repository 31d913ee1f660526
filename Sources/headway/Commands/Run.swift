import Contracts
import Foundation
import Judge
import Ledger
import Postgres

/// `headway run`: the services, for production.
enum Run {
    static let command = Command(
        words: ["run"],
        summary: "Run services: ingest, judge, relay, or all of them",
        discussion: """
            Any number of instances may run: those of ingest share the partitions, of judge and relay one works and the
            others stand by. SIGTERM stops within ten seconds, between two commits. `headway migrate` and
            `headway topics apply --execute` come before the first run.

            The judge takes up edits of the plans' files while it runs, and reads them again on SIGHUP. An edit that is
            wrong is told in the log with its line, and the plan stays as it was. Edited streams need a restart.
            """,
        positionals: [
            .init(
                name: "SERVICE", required: false,
                help: "ingest, judge or relay (default: all three)")
        ],
        options: [
            .value(
                "stream", "STREAM", environment: "HEADWAY_STREAM",
                "ingest: only this stream; repeats"
            ).repeating(),
            .choice(
                "clock", ["wall", "watermark"], environment: "HEADWAY_CLOCK", standard: "wall",
                "judge: what time plans go by"),
            Connections.brokers, Connections.kafka, Connections.database, Connections.dataDirectory,
            Folders.topics,
        ],
        examples: [
            .init(line: "headway run", what: "all services in one process"),
            .init(
                line: "headway run ingest --stream tourism.arrivals",
                what: "one more reader of a busy stream"),
            .init(
                line: "headway run judge --clock watermark --log json",
                what: "judge by event time, log for machines"),
        ],
        run: run)

    private static func run(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        let roles = try chosenRoles(invocation)
        let topics = try Folders.topicsPath(invocation)
        let catalogue = try Catalogue.load(topics)
        let streams = invocation.list("stream")
        for name in streams where catalogue.stream(named: name) == nil {
            let hint = Spelling.hint(for: name, in: catalogue.streams.map(\.name))
            throw UsageFailure(
                message: "there is no stream \(name)\(hint)", command: invocation.words)
        }
        let needsBroker = roles != [.judge]
        let factory = ServiceFactory(
            catalogue: catalogue, topics: topics,
            brokers: needsBroker ? try Connections.brokers(invocation) : "",
            kafka: try Connections.properties(invocation),
            databaseURL: try Connections.database(invocation, role: "run").url,
            clock: JudgeSettings.Clock(rawValue: invocation["clock"] ?? "") ?? .wall,
            streams: Set(streams),
            facts: ServiceFacts(log: surroundings.log), log: surroundings.log,
            stop: surroundings.stop)
        let stop = surroundings.stop
        let threads = try roles.flatMap {
            try factory.threads($0, onEnd: ServiceGroup.asksToStop(stop))
        }
        let group = ServiceGroup(threads, stop: stop, log: surroundings.log)
        group.start()
        surroundings.log.info("running", [.service: roles.map(\.rawValue).joined(separator: ",")])
        stop.wait()
        try group.end()
        return .success
    }

    private static func chosenRoles(_ invocation: Invocation) throws -> [ServiceFactory.Role] {
        guard let word = invocation.positionals.first else { return ServiceFactory.Role.allCases }
        guard let role = ServiceFactory.Role(rawValue: word) else {
            let names = ServiceFactory.Role.allCases.map(\.rawValue)
            throw UsageFailure(
                message:
                    "headway run knows \(names.joined(separator: ", ")), not \(word)\(Spelling.hint(for: word, in: names))",
                command: invocation.words)
        }
        return [role]
    }
}
