import Contracts
import Foundation
import Ledger
import Postgres

/// `headway migrate`: the ledger's schema and what Topics/ declares, brought into the database.
enum Migrate {
    static let command = Command(
        words: ["migrate"],
        summary: "Create or upgrade the ledger",
        discussion:
            "Forward only, under a lock, each step once. --dry-run shows what is missing (exit 2 when something is).",
        options: [
            .flag("dry-run", "only show what would be applied"), Connections.database,
            Connections.dataDirectory,
            Folders.topics,
        ],
        examples: [
            .init(line: "headway migrate", what: "bring HEADWAY_DATABASE_URL up to date"),
            .init(line: "headway migrate --dry-run", what: "what that would apply"),
        ],
        run: { invocation, surroundings in
            var settings = try Connections.database(invocation, role: "migrate")
            (settings.statementTimeout, settings.callTimeout) = (.seconds(600), .seconds(620))
            var connection = try PostgresConnection(settings)
            if invocation.flag("dry-run") {
                let pending = try LedgerMigrations.runner.pending(on: &connection)
                for name in pending { report(name, "pending", invocation, surroundings) }
                if pending.isEmpty && !invocation.json {
                    surroundings.print("the ledger is up to date")
                }
                return pending.isEmpty ? .success : .differences
            }
            let applied = try run(Catalogue.load(Folders.topicsPath(invocation)), on: &connection)
            for name in applied { report(name, "applied", invocation, surroundings) }
            if applied.isEmpty && !invocation.json {
                surroundings.print("the ledger is up to date")
            }
            return .success
        })

    /// Applies what is missing and declares the streams. The names of what was applied.
    static func run(
        _ catalogue: Catalogue, on connection: inout PostgresConnection
    ) throws(PostgresFailure) -> [String] {
        let applied = try LedgerMigrations.apply(&connection)
        try CatalogueSync.run(catalogue.streams, on: &connection)
        return applied
    }

    private static func report(
        _ name: String, _ state: String, _ invocation: Invocation, _ surroundings: Surroundings
    ) {
        surroundings.print(
            invocation.json
                ? JSONValue.object([("migration", .text(name)), ("state", .text(state))]).compact
                : "\(state) \(name)")
    }
}
