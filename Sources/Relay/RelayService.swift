internal import Dispatch
internal import Kafka
internal import Ledger
package import Postgres
internal import Synchronization

/// Publishes status changes and dead letters from the ledger, each exactly once and in order.
///
/// Runs until it is stopped. Whatever happens to the database or the brokers, it begins again; where
/// only an operator can help, it halts, and waits for the word to go on.
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

    package func run() {
        let shell = RelayShell(configuration, observer, stopping)
        shell.run()
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
