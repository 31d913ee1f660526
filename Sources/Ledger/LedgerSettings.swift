package import Postgres

/// What a ledger was given when it was first used, for ever.
package enum LedgerSettings {
    /// Makes what is missing. Two that start together agree on the first one's.
    package static func prepare(_ connection: inout PostgresConnection) throws(PostgresFailure) {
        var generator = SystemRandomNumberGenerator()
        let key = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        _ = try connection.query(
            """
            insert into ledger.setting (name, value)
            values ('fingerprint_key', encode($1::bytea, 'hex')), ('ledger_id', gen_random_uuid()::text)
            on conflict (name) do nothing
            """, [.bytes(key)])
    }

    /// The 16 bytes by which fingerprints of events and records are keyed. A secret: whoever knows
    /// it can make two events look like one.
    package static func fingerprintKey(
        _ connection: inout PostgresConnection
    ) throws(PostgresFailure) -> [UInt8] {
        let rows = try connection.query(
            "select decode(value, 'hex') from ledger.setting where name = 'fingerprint_key'")
        guard let row = rows.first else { throw missing }
        return row.bytes(0)
    }

    /// Tells this ledger from every other one, for those who publish from it.
    package static func ledgerID(
        _ connection: inout PostgresConnection
    ) throws(PostgresFailure) -> String {
        let rows = try connection.query("select value from ledger.setting where name = 'ledger_id'")
        guard let row = rows.first else { throw missing }
        return row.text(0)
    }

    private static var missing: PostgresFailure {
        PostgresFailure(
            kind: .schema, message: "the ledger has no settings yet: run headway migrate")
    }
}
