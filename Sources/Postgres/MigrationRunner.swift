/// Brings a database's schema forward, one numbered script after the other; never back.
///
/// What was applied is kept with a checksum, so that a script changed afterwards is noticed. A
/// database that a newer program has migrated is refused. Programs that start together wait for one
/// another.
package struct MigrationRunner: Sendable {
    package struct Migration: Sendable, Equatable {
        /// For example `m001_ingest`. Names sort in the order of application.
        package var name: String
        package var sql: String

        package init(name: String, sql: String) {
            self.name = name
            self.sql = sql
        }
    }

    package let migrations: [Migration]
    /// Made before the first migration. The first holds the table of what was applied.
    package let schemas: [String]

    /// Key of the advisory lock: "headway\0" as a number.
    private static let lock: Int64 = 0x6865_6164_7761_7900

    /// Names come from the program, never from outside: lower-case letters, digits and underscores.
    package init(migrations: [(name: String, sql: String)], schemas: [String]) {
        precondition(!schemas.isEmpty, "the table of migrations needs a schema")
        precondition(schemas.allSatisfy { $0.allSatisfy { $0 == "_" || $0.isLowercase } })
        self.migrations = migrations.map { Migration(name: $0.name, sql: $0.sql) }
        self.schemas = schemas
    }

    private var table: String { "\(schemas[0]).migration" }

    /// Applies what is missing, each migration in a transaction of its own, and returns its names.
    ///
    /// Throws `.schema` with one sentence when the schema is newer than the program or an applied
    /// migration was changed, and `.retry` when another runner held the lock for a minute.
    package func run(on connection: inout PostgresConnection) throws(PostgresFailure) -> [String] {
        let timeout = connection.callTimeout
        connection.callTimeout = .seconds(3_600)
        defer { connection.callTimeout = timeout }
        let before = try limits(&connection, ["0", "60s"])
        let applied: [String]
        do throws(PostgresFailure) {
            _ = try connection.query("select pg_advisory_lock($1)", [.int8(Self.lock)])
            applied = try runLocked(&connection)
        } catch {
            try release(&connection, limits: before)
            throw error
        }
        try release(&connection, limits: before)
        return applied
    }

    /// The names of migrations that the database lacks. Throws like `run`.
    package func pending(
        on connection: inout PostgresConnection
    ) throws(PostgresFailure) -> [String] {
        let exists = try connection.query("select to_regclass($1) is not null", [.text(table)])
        guard exists[0].bool(0) else { return migrations.map(\.name) }
        let applied = try check(&connection)
        return migrations.dropFirst(applied).map(\.name)
    }

    private func runLocked(_ connection: inout PostgresConnection) throws(PostgresFailure)
        -> [String]
    {
        for schema in schemas {
            // Asked first: a role that may not create schemas can still migrate inside of them.
            let there = try connection.query(
                "select from pg_namespace where nspname = $1", [.text(schema)])
            if there.isEmpty { try connection.script("create schema if not exists \(schema)") }
        }
        try connection.script(
            """
            create table if not exists \(table) (
                name text primary key,
                checksum text not null,
                applied_at timestamptz not null default clock_timestamp()
            )
            """)
        let applied = try check(&connection)
        for migration in migrations.dropFirst(applied) {
            try connection.inTransaction { (connection) throws(PostgresFailure) in
                try apply(migration, on: &connection)
            }
        }
        return migrations.dropFirst(applied).map(\.name)
    }

    private func apply(
        _ migration: Migration, on connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        do throws(PostgresFailure) {
            try connection.script(migration.sql)
        } catch {
            var failure = error
            failure.message = "migration \(migration.name): \(error.message)"
            throw failure
        }
        _ = try connection.query(
            """
            insert into \(table) (name, checksum)
            values ($1, encode(sha256(convert_to($2, 'UTF8')), 'hex'))
            """, [.text(migration.name), .text(migration.sql)])
    }

    /// How many migrations were applied: the first so many of ours, or it throws.
    private func check(_ connection: inout PostgresConnection) throws(PostgresFailure) -> Int {
        let rows = try connection.query(
            """
            select m.name, o.name, m.checksum = encode(sha256(convert_to(o.sql, 'UTF8')), 'hex')
            from \(table) m
            left join unnest($1::text[], $2::text[]) as o (name, sql) on o.name = m.name
            order by m.name collate "C"
            """, [.texts(migrations.map(\.name)), .texts(migrations.map(\.sql))])
        for (index, row) in rows.enumerated() {
            let name = row.text(0)
            if row.isNull(1) {
                let newest = migrations.last?.name ?? "nothing"
                throw refusal(
                    "The database has migration \(name), which this program (up to \(newest)) does not "
                        + "know: start a program at least as new as the database.")
            }
            guard row.bool(2) else {
                throw refusal("Migration \(name) was changed after the database had applied it.")
            }
            guard migrations[index].name == name else {
                throw refusal(
                    "The database has migration \(name), but not \(migrations[index].name) before it."
                )
            }
        }
        return rows.count
    }

    private func refusal(_ message: String) -> PostgresFailure {
        PostgresFailure(kind: .schema, message: message)
    }

    /// Sets the session's statement and lock timeouts and returns what they were: a migration may
    /// take longer than any statement of a service, and waits for a runner that came first.
    private func limits(
        _ connection: inout PostgresConnection, _ values: [String]
    ) throws(PostgresFailure) -> [String] {
        let row = try connection.query(
            """
            with old as materialized (
                select current_setting('statement_timeout') s, current_setting('lock_timeout') l)
            select s, l, set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false)
            from old
            """, [.text(values[0]), .text(values[1])])[0]
        return [row.text(0), row.text(1)]
    }

    private func release(
        _ connection: inout PostgresConnection, limits before: [String]
    ) throws(PostgresFailure) {
        // A lost connection has released its lock already, and its failure is the one to tell.
        guard !connection.isBroken else { return }
        _ = try connection.query("select pg_advisory_unlock_all()")
        _ = try limits(&connection, before)
    }
}
