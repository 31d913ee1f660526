import Foundation

/// The broker and the database that `up` works with: those that it was given, or its own under the
/// data directory.
final class LocalServers: Sendable {
    let brokers: String
    let database: String
    private let broker: OwnBroker?
    private let postgres: PrivatePostgres?

    private init(
        brokers: String, database: String, broker: OwnBroker?, postgres: PrivatePostgres?
    ) {
        self.brokers = brokers
        self.database = database
        self.broker = broker
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
        var broker: OwnBroker?
        var postgres: PrivatePostgres?
        do {
            let brokers: String
            if let given = invocation["brokers"] {
                brokers = given
            } else {
                let launched = try OwnBroker.launch(
                    under: directory.path, kafkaHome: invocation["kafka-home"],
                    environment: environment, log: log)
                broker = launched
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
            try broker?.awaitReady(log)
            return LocalServers(
                brokers: brokers, database: database, broker: broker, postgres: postgres)
        } catch {
            stop(broker, postgres)
            throw error
        }
    }

    /// Calls the action when one of our own servers ends by itself.
    func whenOneEnds(_ action: @escaping @Sendable (String) -> Void) {
        broker?.whenEnded(action)
        postgres?.whenEnded { action("PostgreSQL ended with \($0)") }
    }

    /// Stops our own servers, both at the same time. Everything acknowledged is on disk.
    func stop() { LocalServers.stop(broker, postgres) }

    private static func stop(_ broker: OwnBroker?, _ postgres: PrivatePostgres?) {
        broker?.askToStop()
        postgres?.askToStop()
        postgres?.awaitStopped(seconds: 5)
        broker?.awaitStopped()
    }
}
