internal import CPostgres

/// A message of NOTIFY.
package struct PostgresNotification: Sendable, Equatable {
    package var channel: String
    package var payload: String
}

extension PostgresConnection {
    /// Subscribes to a channel, for as long as the connection lives.
    package mutating func listen(_ channel: String) throws(PostgresFailure) {
        let quoted = channel.split(separator: "\"", omittingEmptySubsequences: false).joined(
            separator: "\"\"")
        if let failure = try exchange([.command("listen \"\(quoted)\"")]).failure { throw failure }
    }

    /// Waits for notifications: returns those that came (none, when the time was over or the wake
    /// was called first). Throws `.connection` when the session is lost while waiting.
    package mutating func waitForNotifications(
        timeout: Duration, or wake: PostgresWake? = nil
    ) throws(PostgresFailure) -> [PostgresNotification] {
        guard !isBroken else { throw .connection("the connection was lost earlier") }
        let deadline = ContinuousClock.now + timeout
        while true {
            guard PQconsumeInput(handle) == 1, PQstatus(handle) == CONNECTION_OK else {
                throw lost()
            }
            let taken = takeNotifications()
            if !taken.isEmpty { return taken }
            let readable = try wait(writable: false, wake: wake, until: deadline, givingUpOn: nil)
            if !readable {
                wake?.drain()
                return []
            }
        }
    }

    /// Whether the server has not ended the idle session, as far as can be known without asking it.
    mutating func isStillOpen() -> Bool {
        // The first may read what the server said at parting, the second that it is gone.
        for _ in 0..<2 where PQconsumeInput(handle) != 1 || PQstatus(handle) != CONNECTION_OK {
            isBroken = true
        }
        return isReusable
    }

    /// The notifications that came with earlier answers.
    package mutating func takeNotifications() -> [PostgresNotification] {
        var taken: [PostgresNotification] = []
        while let notification = PQnotifies(handle) {
            taken.append(
                PostgresNotification(
                    channel: String(cString: notification.pointee.relname),
                    payload: String(cString: notification.pointee.extra)))
            PQfreemem(notification)
        }
        return taken
    }
}
