internal import CPostgres

/// A session with the database, owned by one thread at a time.
///
/// Every call blocks its thread until the answer is there or `callTimeout` has passed; what waits
/// is `poll(2)`, never a sleep. A call that runs out of time gives the connection up, because what
/// the server still does for it is unknown.
///
/// Unchecked: libpq lets a connection move between threads as long as no two use it at once. The
/// struct cannot be copied and all that speaks to the server is `mutating`, so the compiler sees to
/// that.
package struct PostgresConnection: ~Copyable, @unchecked Sendable {
    let handle: OpaquePointer
    var encoder: ParameterEncoder
    /// Names of the statements that the server has planned, by text and parameter types.
    var prepared: [PreparedKey: String]
    var preparedCount: Int
    /// How long one call may take. From the settings; may be changed between calls.
    package var callTimeout: Duration
    /// The connection was lost or given up. Every further call throws; make a new one.
    package internal(set) var isBroken: Bool
    /// The process id of the server's side.
    package let backendPID: Int32

    struct PreparedKey: Hashable {
        var sql: String
        var oids: [UInt32]
    }

    /// So many planned statements are kept; then all are dropped and planned anew.
    static let preparedMax = 256
    /// `client_connection_check_interval` and binary timestamps as integers are sure from here on.
    static let serverVersionMin: Int32 = 140_000

    /// Connects and makes the session what the rest relies on. Throws `.connection` when no host
    /// answers, or `.schema` when the server is none that can be worked with.
    package init(_ settings: PostgresSettings) throws(PostgresFailure) {
        var fresh = PostgresConnection(
            adopting: try Self.open(settings), callTimeout: settings.callTimeout)
        try fresh.pinSession(settings)
        self = fresh
    }

    private init(adopting opened: OpaquePointer, callTimeout: Duration) {
        handle = opened
        encoder = ParameterEncoder()
        prepared = [:]
        preparedCount = 0
        isBroken = false
        self.callTimeout = callTimeout
        backendPID = PQbackendPID(opened)
    }

    deinit { PQfinish(handle) }

    private static func open(_ settings: PostgresSettings) throws(PostgresFailure) -> OpaquePointer
    {
        guard settings.isWellFormed else {
            throw PostgresFailure(kind: .schema, message: "the database URL cannot be read")
        }
        // Later words win: the URL over the defaults, and what the protocol here relies on over the
        // URL.
        let words =
            settings.defaults + [
                ("fallback_application_name", settings.applicationName), ("dbname", settings.url),
                ("client_encoding", "UTF8"),
            ]
        let handle = withCStrings(words.map(\.0)) { keywords in
            withCStrings(words.map(\.1)) { values in PQconnectdbParams(keywords, values, 1) }
        }
        guard let handle else {
            throw PostgresFailure(kind: .resources, message: "no memory for a connection")
        }
        guard PQstatus(handle) == CONNECTION_OK else {
            let reason = firstLine(PQerrorMessage(handle))
            PQfinish(handle)
            throw .connection("no connection to \(settings.describe()): \(reason)")
        }
        // Errors kept by libpq are reduced to their state, so that no text of theirs can quote a
        // value.
        PQsetErrorVerbosity(handle, PQERRORS_SQLSTATE)
        PQsetNoticeReceiver(handle, { _, _ in }, nil)
        guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
            PQfinish(handle)
            throw .connection("the connection cannot be made non-blocking")
        }
        return handle
    }

    /// Sets what a role, a database or the server may have set otherwise, and asserts that it took.
    private mutating func pinSession(_ settings: PostgresSettings) throws(PostgresFailure) {
        guard PQserverVersion(handle) >= Self.serverVersionMin else {
            throw PostgresFailure(
                kind: .schema,
                message: "PostgreSQL 14 or newer is needed; this is \(PQserverVersion(handle))")
        }
        let wanted = [
            ("TimeZone", "UTC"), ("search_path", ""),
            ("default_transaction_isolation", "read committed"),
            ("statement_timeout", "\(settings.statementTimeout.milliseconds)"),
            (
                "idle_in_transaction_session_timeout",
                "\(settings.idleInTransactionTimeout.milliseconds)"
            ),
            ("lock_timeout", "\(settings.lockTimeout.milliseconds)"),
            ("client_connection_check_interval", "1000"), ("bytea_output", "hex"),
        ]
        // A stronger synchronous_commit than `on` is kept.
        let rows = try query(
            """
            select array_agg(set_config(n, v, false) order by i),
                set_config('synchronous_commit', case current_setting('synchronous_commit')
                    when 'remote_apply' then 'remote_apply' else 'on' end, false),
                current_setting('server_encoding'), current_setting('integer_datetimes'),
                current_setting('TimeZone')
            from unnest($1::text[], $2::text[]) with ordinality as s (n, v, i)
            """, [.texts(wanted.map(\.0)), .texts(wanted.map(\.1))])
        let row = rows[0]
        try require(row.text(1) != "off", "synchronous_commit cannot be turned on")
        try require(row.text(2) == "UTF8", "the database's encoding is \(row.text(2)), not UTF8")
        try require(row.text(3) == "on", "the server's timestamps are not integers")
        let pinned = try query(
            """
            select current_setting('TimeZone'), current_setting('search_path'),
                current_setting('transaction_isolation')
            """)[0]
        try require(pinned.text(0) == "UTC", "TimeZone is \(pinned.text(0)), not UTC")
        try require(pinned.text(1) == "", "search_path is not empty")
        try require(
            pinned.text(2) == "read committed",
            "transactions are \(pinned.text(2)), not read committed")
    }

    private func require(_ holds: Bool, _ message: String) throws(PostgresFailure) {
        if !holds { throw PostgresFailure(kind: .schema, message: message) }
    }

    /// Whether the session is alive and outside of any transaction.
    package var isReusable: Bool { !isBroken && PQtransactionStatus(handle) == PQTRANS_IDLE }

    /// Runs one statement, in the open transaction or in one of its own.
    package mutating func query(
        _ sql: String, _ parameters: [PostgresValue] = []
    ) throws(PostgresFailure) -> PostgresRows {
        try pipeline([PostgresStatement(sql, parameters)])[0]
    }

    /// Runs statements in one round trip, in the open transaction or together in one of their own:
    /// the first that fails undoes all of those.
    package mutating func pipeline(
        _ statements: [PostgresStatement]
    ) throws(PostgresFailure) -> [PostgresRows] {
        guard !statements.isEmpty else { return [] }
        let answer = try exchange(statements.map { .statement($0) })
        if let failure = answer.failure { throw failure }
        return answer.rows
    }

    /// Runs a script of several statements without parameters: a migration.
    package mutating func script(_ sql: String) throws(PostgresFailure) {
        guard !isBroken else { throw .connection("the connection was lost earlier") }
        let deadline = ContinuousClock.now + callTimeout
        guard PQexitPipelineMode(handle) == 1, PQsendQuery(handle, sql) == 1 else { throw lost() }
        try flush(until: deadline)
        var failure: PostgresFailure?
        while let result = try nextResult(until: deadline) {
            if result.status == PGRES_FATAL_ERROR, failure == nil {
                failure = describe(result, statement: nil)
            }
            guard PQstatus(handle) == CONNECTION_OK else { break }
        }
        if PQstatus(handle) != CONNECTION_OK || PQenterPipelineMode(handle) != 1 { isBroken = true }
        if let failure { throw failure }
        if isBroken { throw lost() }
    }
}

/// The first line of a C text.
func firstLine(_ text: UnsafePointer<CChar>?) -> String {
    guard let text else { return "" }
    return String(cString: text).split(separator: "\n").first.map(String.init) ?? ""
}

/// A null-terminated array of C strings, valid within the body.
private func withCStrings<R>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R
) -> R {
    var bytes: [CChar] = []
    var starts: [Int] = []
    for string in strings {
        starts.append(bytes.count)
        bytes.append(contentsOf: string.utf8CString)
    }
    return bytes.withUnsafeBufferPointer { bytes in
        var pointers: [UnsafePointer<CChar>?] = starts.map { start in
            bytes.baseAddress.map { $0 + start }
        }
        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { pointers in
            guard let base = pointers.baseAddress else {
                preconditionFailure("an empty list of words")
            }
            return body(base)
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
