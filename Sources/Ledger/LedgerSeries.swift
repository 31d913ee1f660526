package import Aggregates
package import Postgres

/// The ledger's ids of series. They are given once and hold for ever, so they may be remembered.
package enum LedgerSeries {
    /// Ids in the order of the keys, made where they are new. Throws `.data` for a metric that the
    /// catalogue sync did not write.
    package static func ids(
        _ connection: inout PostgresConnection, _ keys: [SeriesKey]
    ) throws(PostgresFailure) -> [Int32] {
        guard !keys.isEmpty else { return [] }
        let row = try connection.query(
            "select ledger.series_ids($1, $2, $3)",
            [.texts(keys.map(\.metric)), .texts(keys.map(\.breakdown)), .texts(keys.map(\.member))])[
                0]
        return row.int4Array(0)
    }
}
