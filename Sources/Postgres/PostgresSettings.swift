internal import CPostgres

/// Where the database is and how it is spoken to.
///
/// The URL (or `name=value` string) may name several hosts, a service or a password file: libpq
/// reads it, and what it says goes before the defaults below.
package struct PostgresSettings: Sendable {
    package var url: String
    /// Shown in `pg_stat_activity`.
    package var applicationName: String
    /// How long one call may take, from its first byte to its last answer. Longer than the server's
    /// own `statement_timeout`, so that the server gives up first.
    package var callTimeout: Duration = .seconds(20)
    /// The server ends a statement that runs for longer.
    package var statementTimeout: Duration = .seconds(15)
    /// The server ends a session whose transaction stands idle for longer: its locks must not
    /// outlive it.
    package var idleInTransactionTimeout: Duration = .seconds(10)
    /// How long a statement waits for a lock.
    package var lockTimeout: Duration = .seconds(5)

    package init(url: String, applicationName: String) {
        self.url = url
        self.applicationName = applicationName
    }

    /// What holds unless the URL says otherwise. Keepalives notice a silent peer within 20 s,
    /// `tcp_user_timeout` one that does not acknowledge what was sent.
    var defaults: [(String, String)] {
        [
            ("connect_timeout", "5"), ("keepalives", "1"), ("keepalives_idle", "10"),
            ("keepalives_interval", "3"), ("keepalives_count", "3"), ("tcp_user_timeout", "15000"),
            ("target_session_attrs", "read-write"), ("gssencmode", "disable"),
        ]
    }

    /// Whether libpq understands the URL.
    package var isWellFormed: Bool { parsed() != nil }

    /// The settings that the URL gives, for logs: never a password.
    package func describe() -> String {
        guard let options = parsed() else { return "a database URL that cannot be read" }
        let shown = options.filter { !Self.secret.contains($0.0) }.map { "\($0.0)=\($0.1)" }
        return shown.isEmpty ? "the default database" : shown.joined(separator: " ")
    }

    private static let secret: Set<String> = [
        "password", "sslpassword", "sslkey", "passfile", "options",
    ]

    /// What the URL says, or nil where it cannot be read. The reason is left out: it may quote a
    /// password.
    private func parsed() -> [(String, String)]? {
        var text: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &text) else {
            PQfreemem(text)
            return nil
        }
        defer { PQconninfoFree(options) }
        var found: [(String, String)] = []
        var at = options
        while let keyword = at.pointee.keyword {
            if let value = at.pointee.val {
                found.append((String(cString: keyword), String(cString: value)))
            }
            at += 1
        }
        return found
    }
}
