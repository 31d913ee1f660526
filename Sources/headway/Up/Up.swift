import Contracts
import Foundation
import Kafka
import Ledger
import Postgres
import Simulation

/// `headway up`: servers, ledger, topics, services and the simulated city in one process.
enum Up {
    static let command = Command(
        words: ["up"],
        summary: "Everything in one process, with the simulated city",
        discussion: """
            Starts a private PostgreSQL and a broker under the data directory (or takes those of
            HEADWAY_DATABASE_URL and HEADWAY_BROKERS): Apache Kafka where KAFKA_HOME names it, else the
            local broker that is built in. Brings ledger and topics up to date, runs the services and
            sends the year of a simulated city through them, as --scenario tells it. Ctrl-C stops
            cleanly; the same command goes on where it ended. Edits of Topics/plans take effect while it
            runs (`headway plan diff` tells beforehand what they change).
            """,
        options: [
            .value(
                "data-dir", "DIR", environment: "HEADWAY_DATA_DIR", standard: "./.headway",
                "where everything is kept"),
            Connections.brokers, Connections.kafka, Connections.database, Folders.topics,
            .value(
                "kafka-home", "DIR", environment: "KAFKA_HOME",
                "Apache Kafka's folder (with libs/), to run it instead of the local broker"),
            .value(
                "plan", "PLAN", environment: "HEADWAY_PLAN",
                "the plan to simulate (default: the scenario's)"),
            Scenarios.option,
            .value("seed", "N", standard: "1", "another seed is another city"),
            .value(
                "events", "N", standard: "1000000",
                "events of the simulated year; the city's totals stay the same"),
            .value("speed", "X|max", standard: "3600", "simulated seconds a second"),
            .flag(
                "until-end",
                "stop (exit 0) when the period is over and everything of it is judged and published"
            ),
            .flag("no-simulation", "only the servers and services, for events of your own"),
            .choice(
                "clock", ["watermark", "wall"],
                "what time the plan goes by (default: watermark when simulating, else wall)"),
            .value("port", "P", environment: "HEADWAY_PORT", "reserved for the HTTP API"),
        ],
        examples: [
            .init(line: "headway up", what: "the simulated city at an hour a second"),
            .init(line: "headway up --speed max --until-end", what: "the whole year, then exit"),
            .init(
                line: "headway up --scenario bad-summer --speed 86400",
                what: "another year, a day a second"),
            .init(
                line: "headway up --no-simulation --data-dir /srv/headway",
                what: "for events of your own"),
        ],
        run: run)

    private static func run(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        let began = ContinuousClock.now
        let log = surroundings.log
        let catalogue = try Catalogue.load(Folders.topicsPath(invocation))
        let isSimulating = !invocation.flag("no-simulation")
        let choice = isSimulating ? try Scenarios.choice(invocation, in: catalogue) : nil
        if let choice { try City.Plan.requireOwnCity(choice.plan) }
        let plan =
            try choice?.plan
            ?? Plans.plan(invocation["plan"] ?? catalogue.plans.first?.id, in: catalogue)
        let directory = try DataDirectory(path: invocation.required("data-dir"))
        let city = try choice.map {
            try City.Plan(invocation, $0, catalogue, dataPath: directory.path)
        }
        let servers = try LocalServers.start(under: directory, invocation, log: log) { url in
            var settings = PostgresSettings(url: url, applicationName: "headway-up")
            (settings.statementTimeout, settings.callTimeout) = (.seconds(600), .seconds(620))
            var connection = try PostgresConnection(settings)
            let applied = try Migrate.run(catalogue, on: &connection)
            if !applied.isEmpty { log.info("ledger migrated", [.migration: applied.last ?? ""]) }
        }
        defer {
            servers.stop()
            log.info("stopped")
        }
        try Endpoints(brokers: servers.brokers, database: servers.database).write(
            to: directory.path)
        defer { unlink(directory.path + "/endpoints") }
        servers.whenOneEnds { surroundings.stop.request($0) }
        try makeTopics(catalogue, servers.brokers, invocation, log)
        let session = try UpSession(
            invocation, surroundings, catalogue: catalogue, plan: plan, servers: servers,
            city: city)
        announce(servers, catalogue, choice, invocation, surroundings)
        log.info("up", [.milliseconds: milliseconds(since: began)])
        return try session.run()
    }

    private static func milliseconds(since began: ContinuousClock.Instant) -> Int64 {
        began.duration(to: .now).microseconds / 1_000
    }

    private static func makeTopics(
        _ catalogue: Catalogue, _ brokers: String, _ invocation: Invocation, _ log: Log
    ) throws {
        let settings = try KafkaSettings.admin(brokers: brokers).merging(
            Connections.properties(invocation))
        let admin = try KafkaAdmin(settings: settings)
        let differences = try TopicDifference.all(catalogue.topics, on: admin)
        try TopicDifference.apply(differences, on: admin, replication: nil)
        if !differences.isEmpty { log.info("topics applied", [.changes: differences.count]) }
    }

    private static func announce(
        _ servers: LocalServers, _ catalogue: Catalogue, _ choice: Scenarios.Choice?,
        _ invocation: Invocation, _ surroundings: Surroundings
    ) {
        let scenario = choice?.scenario
        let changes = catalogue.output(.changes)?.topic.name ?? ""
        if invocation.json {
            surroundings.print(
                JSONValue.object([
                    ("state", .text("up")), ("brokers", .text(servers.brokers)),
                    (
                        "database",
                        .text(
                            PostgresSettings(url: servers.database, applicationName: "").describe())
                    ),
                    ("changes", .text(changes)),
                    ("scenario", scenario.map { .text($0.id) } ?? .null),
                ]).compact)
            return
        }
        surroundings.print(
            """
            broker    \(servers.brokers)
            database  \(servers.database)
            scenario  \(scenario.map { "\($0.id): \($0.titleEn), plan \($0.plan)" } ?? "none")
            changes   kcat -b \(servers.brokers) -t \(changes) -C -q
            status    headway status        changes of now: headway watch        stop: Ctrl-C
            """)
    }
}
