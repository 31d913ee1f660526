internal import Dispatch
internal import Synchronization

/// A bounded set of connections that threads borrow.
package final class PostgresPool: Sendable {
    package let settings: PostgresSettings
    /// So many are open at most.
    package let connectionsMax: Int
    /// How long a borrower waits for its turn.
    package let borrowTimeout: Duration

    private let turns: DispatchSemaphore
    private let idle = Mutex<[Lent]>([])

    /// An array holds no values that cannot be copied; this does, and takes them out once.
    private final class Lent: Sendable {
        let connection: Mutex<PostgresConnection?>
        init(_ connection: consuming PostgresConnection) {
            self.connection = Mutex(connection)
        }
    }

    package init(
        settings: PostgresSettings, connectionsMax: Int, borrowTimeout: Duration = .seconds(5)
    ) {
        precondition(connectionsMax > 0, "a pool of no connections")
        self.settings = settings
        self.connectionsMax = connectionsMax
        self.borrowTimeout = borrowTimeout
        turns = DispatchSemaphore(value: connectionsMax)
    }

    /// Lends a connection to the body. It goes back afterwards, unless it broke or was left in a
    /// transaction. Throws `.resources` when none came free in time.
    package func withConnection<R>(
        _ body: (inout PostgresConnection) throws(PostgresFailure) -> R
    ) throws(PostgresFailure) -> R {
        let nanoseconds = Int(clamping: borrowTimeout.milliseconds * 1_000_000)
        guard turns.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success else {
            throw PostgresFailure(
                kind: .resources,
                message: "all \(connectionsMax) connections stayed busy for \(borrowTimeout)")
        }
        defer { turns.signal() }
        var connection = try take()
        do throws(PostgresFailure) {
            let result = try body(&connection)
            giveBack(connection)
            return result
        } catch {
            giveBack(connection)
            throw error
        }
    }

    /// Closes the connections that nobody uses.
    package func closeIdle() { idle.withLock { $0.removeAll() } }

    package var idleCount: Int { idle.withLock { $0.count } }

    private func take() throws(PostgresFailure) -> PostgresConnection {
        while let lent = idle.withLock({ $0.popLast() }) {
            guard var connection = lent.connection.withLock({ $0.take() }) else { continue }
            // The server may have ended it meanwhile; then the next one is tried.
            if connection.isStillOpen() { return connection }
        }
        return try PostgresConnection(settings)
    }

    private func giveBack(_ connection: consuming PostgresConnection) {
        guard connection.isReusable else { return }
        let lent = Lent(connection)
        idle.withLock { $0.append(lent) }
    }
}
