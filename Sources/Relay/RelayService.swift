internal import Dispatch
internal import Kafka
internal import Ledger
package import Postgres
internal import Synchronization

/// The relay ended because topics and ledger contradict each other. An operator has to look.
package struct RelayHalted: Error, Equatable, CustomStringConvertible {
    package let reason: String
    package var description: String { "the relay halted: \(reason)" }
}

/// Publishes status changes and dead letters from the ledger, each exactly once and in order.
///
/// Runs until it is stopped or halted; whatever else happens to the database or the brokers, it
/// begins again.
package final class RelayService: Service {
    private let configuration: RelayConfiguration
    private let observer: any RelayObserver
    private let stopping: RelayStop

    /// Throws when the process may open no more files.
    package init(
        configuration: RelayConfiguration, observer: any RelayObserver = SilentRelayObserver()
    ) throws(PostgresFailure) {
        self.configuration = configuration
        self.observer = observer
        stopping = try RelayStop()
    }

    /// Throws `RelayHalted`, and nothing else.
    package func run() throws {
        let shell = RelayShell(configuration, observer, stopping)
        try shell.run()
    }

    package func stop() { stopping.request() }
}

/// Ends the relay's waits.
final class RelayStop: Sendable {
    private let requested = Atomic<Bool>(false)
    private let signal = DispatchSemaphore(value: 0)
    /// Ends a wait on the connection.
    let wake: PostgresWake

    init() throws(PostgresFailure) { wake = try PostgresWake() }

    var isRequested: Bool { requested.load(ordering: .acquiring) }

    func request() {
        requested.store(true, ordering: .releasing)
        wake.wake()
        signal.signal()
    }

    /// Waits for the request, at most so long.
    func wait(atMost limit: Duration) {
        let (seconds, attoseconds) = limit.components
        let nanoseconds = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
        if !isRequested { _ = signal.wait(timeout: .now() + .nanoseconds(nanoseconds)) }
    }
}
