package import Postgres

/// The ledger's schema, carried in the program.
package enum LedgerMigrations {
    /// In the order of application; a test holds this against the folder. Each is applied once and
    /// never changed afterwards: what comes later is a new one.
    static let all: [(name: String, sql: String)] = [
        ("m001_ingest", text(PackageResources.m001_ingest_sql)),
        ("m002_judgement", text(PackageResources.m002_judgement_sql)),
        ("m003_relay", text(PackageResources.m003_relay_sql)),
        ("m004_views", text(PackageResources.m004_views_sql)),
        ("m005_areas", text(PackageResources.m005_areas_sql)),
        ("m006_contracts", text(PackageResources.m006_contracts_sql)),
    ]

    package static var names: [String] { all.map(\.name) }

    package static var runner: MigrationRunner {
        MigrationRunner(migrations: all, schemas: ["ledger", "headway"])
    }

    /// Creates or upgrades the ledger and makes its settings; returns what was applied. Throws as
    /// `MigrationRunner.run` does.
    @discardableResult
    package static func apply(
        _ connection: inout PostgresConnection
    ) throws(PostgresFailure) -> [String] {
        let applied = try runner.run(on: &connection)
        try LedgerSettings.prepare(&connection)
        return applied
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
