import Foundation

/// The broker and the database that `up` works with: those that it was given, or its own under the
/// data directory.
final class LocalServers: Sendable {
    let brokers: String
    let database: String
    private let kafka: PrivateKafka?
    private let postgres: PrivatePostgres?

    private init(
        brokers: String, database: String, kafka: PrivateKafka?, postgres: PrivatePostgres?
    ) {
        self.brokers = brokers
        self.database = database
        self.kafka = kafka
        self.postgres = postgres
    }

    /// Starts what is not given, both at the same time, and returns when both answer.
    /// `databaseReady` is called as soon as the database does. Call on the main thread: own servers
    /// end when the thread that started them does.
    static func start(
        under directory: DataDirectory, _ invocation: Invocation, log: Log,
        databaseReady: (String) throws -> Void
    ) throws -> LocalServers {
        let environment = invocation.environment
        var kafka: PrivateKafka?
        var postgres: PrivatePostgres?
        do {
            let brokers: String
            if let given = invocation["brokers"] {
                brokers = given
            } else {
                guard let home = invocation["kafka-home"] else { throw ServerFailure(noBroker) }
                let launched = try PrivateKafka.launch(
                    under: directory.path, kafkaHome: home, environment: environment)
                kafka = launched
                brokers = launched.bootstrap
            }
            let database: String
            if let given = invocation["database"] {
                database = given
            } else {
                let started = try PrivatePostgres.start(
                    under: directory.path, environment: environment)
                postgres = started
                database = started.url
                log.info(
                    "server ready",
                    [.server: "postgresql", .version: started.version, .port: started.port])
            }
            try databaseReady(database)
            if let kafka {
                try kafka.awaitReady(seconds: 60)
                log.info("server ready", [.server: "kafka", .port: kafka.port])
            }
            return LocalServers(
                brokers: brokers, database: database, kafka: kafka, postgres: postgres)
        } catch {
            stop(kafka, postgres)
            throw error
        }
    }

    private static let noBroker = """
        no broker: set HEADWAY_BROKERS to a running cluster (host:port,...), or KAFKA_HOME to a folder of Apache \
        Kafka (with libs/) to run one here
        """

    /// Calls the action when one of our own servers ends by itself.
    func whenOneEnds(_ action: @escaping @Sendable (String) -> Void) {
        kafka?.whenEnded { action("Kafka ended with \($0)") }
        postgres?.whenEnded { action("PostgreSQL ended with \($0)") }
    }

    /// Stops our own servers, both at the same time. Everything acknowledged is on disk.
    func stop() { LocalServers.stop(kafka, postgres) }

    private static func stop(_ kafka: PrivateKafka?, _ postgres: PrivatePostgres?) {
        kafka?.askToStop()
        postgres?.askToStop()
        kafka?.awaitStopped(seconds: 5)
        postgres?.awaitStopped(seconds: 5)
    }
}
