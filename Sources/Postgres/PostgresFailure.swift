/// Why a call on a connection failed, sorted by what to do next.
package struct PostgresFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// The connection is gone, or was given up: make a new one.
        case connection
        /// The whole transaction may succeed when it is tried again.
        case retry
        /// A value does not fit: divide the batch until the bad one stands alone.
        case data
        /// The server is short of something: wait, then try again.
        case resources
        /// A fence raised HW001: someone else owns this now. Drop the batch.
        case fenced
        /// A statement, an object or a right is not there: an operator must act.
        case schema
        case other
    }

    package var kind: Kind
    /// The five characters of the server's error, nil when the server said nothing.
    package var sqlState: String?
    /// One sentence. It never holds a parameter's value or a password.
    package var message: String
    /// True when COMMIT was sent and its answer never read: the transaction may or may not have
    /// happened.
    package var outcomeUnknown: Bool

    package init(
        kind: Kind, sqlState: String? = nil, message: String, outcomeUnknown: Bool = false
    ) {
        self.kind = kind
        self.sqlState = sqlState
        self.message = message
        self.outcomeUnknown = outcomeUnknown
    }

    package var description: String {
        let state = sqlState.map { " [\($0)]" } ?? ""
        return message + state + (outcomeUnknown ? " (the commit's outcome is unknown)" : "")
    }

    static func connection(_ message: String) -> PostgresFailure {
        PostgresFailure(kind: .connection, message: message)
    }

    /// The kind of an SQLSTATE. Nil is a lost connection: the server gives every error of its own a
    /// state.
    package static func kind(ofSQLState state: String?) -> Kind {
        guard let state else { return .connection }
        switch state {
        case "HW001": return .fenced
        // The session is over, or stands on a server that became a standby: another one is needed.
        case "57P01", "57P02", "57P03", "57P04", "57P05", "25P03", "25006": return .connection
        // A lock or statement that took too long, and plans that a change of schema made stale.
        case "55P03", "57014", "0A000", "26000": return .retry
        default: break
        }
        switch state.prefix(2) {
        case "08": return .connection
        case "40": return .retry
        case "21", "22", "23": return .data
        case "53", "58": return .resources
        case "28", "3D", "3F", "42": return .schema
        default: return .other
        }
    }

    /// Classes whose primary message names objects only. That of the others may quote a value.
    static func messageIsSafe(_ state: String) -> Bool {
        switch state.prefix(2) {
        case "HW", "08", "0A", "25", "26", "28", "3D", "3F", "40", "42", "53", "55", "57", "58":
            true
        default: false
        }
    }
}
