package import Contracts
package import Postgres

/// Brings the ledger's streams and metrics to what the catalogue declares.
///
/// Sums that exist are integers in a metric's scale, and positions are offsets of a stream's topic,
/// so neither may change once something was written under it. What the catalogue no longer has
/// stays: its sums do too.
package enum CatalogueSync {
    /// Writes all or nothing. Throws `.schema` with one sentence where the catalogue contradicts
    /// the ledger.
    package static func run(
        _ streams: [StreamContract], on connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        try connection.inTransaction { (connection) throws(PostgresFailure) in
            // Instances that start together take turns.
            _ = try connection.query("lock table ledger.stream in share row exclusive mode")
            try write(streams, &connection)
            try write(metricsOf: streams, &connection)
        }
    }

    private static func write(
        _ streams: [StreamContract], _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        let parameters: [PostgresValue] = [
            .texts(streams.map(\.name)), .texts(streams.map(\.kind.rawValue)),
            .texts(streams.map(\.topic.name)),
        ]
        let zones = PostgresValue.texts(streams.map(\.zone.identifier))
        let refused = try connection.query(
            """
            select s.name, s.kind, s.topic
            from ledger.stream s
            join unnest($1::text[], $2::text[], $3::text[]) as n (name, kind, topic) on n.name = s.name
            where (n.kind, n.topic) <> (s.kind, s.topic)
                and exists (select from ledger.topic_partition tp where tp.stream = s.name)
            order by s.name limit 1
            """, parameters)
        if let row = refused.first {
            throw PostgresFailure(
                kind: .schema,
                message:
                    "Stream \(row.text(0)) was read as \(row.text(1)) from topic \(row.text(2)): "
                    + "give a stream with another kind or topic a name of its own.")
        }
        _ = try connection.query(
            """
            insert into ledger.stream (name, kind, topic, zone)
            select name, kind, topic, zone
            from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as n (name, kind, topic, zone)
            on conflict (name) do update
                set kind = excluded.kind, topic = excluded.topic, zone = excluded.zone
            where (stream.kind, stream.topic, stream.zone)
                <> (excluded.kind, excluded.topic, excluded.zone)
            """, parameters + [zones])
    }

    private static func write(
        metricsOf streams: [StreamContract], _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        let metrics = streams.flatMap { stream in stream.metrics.map { (stream.name, $0) } }
        let parameters: [PostgresValue] = [
            .texts(metrics.map(\.1.name)), .texts(metrics.map(\.0)),
            .int4s(metrics.map { Int32($0.1.scale) }), .texts(metrics.map(\.1.unit)),
        ]
        let refused = try connection.query(
            """
            select m.name, m.stream, m.scale
            from ledger.metric m
            join unnest($1::text[], $2::text[], $3::int4[]) as n (name, stream, scale) on n.name = m.name
            where (n.stream, n.scale) <> (m.stream, m.scale)
                and exists (select from ledger.series s where s.metric = m.name)
            order by m.name limit 1
            """, Array(parameters[0..<3]))
        if let row = refused.first {
            throw PostgresFailure(
                kind: .schema,
                message: "Metric \(row.text(0)) was folded from stream \(row.text(1)) with "
                    + "\(row.int4(2)) decimals: give a metric with others a name of its own.")
        }
        _ = try connection.query(
            """
            insert into ledger.metric (name, stream, scale, unit)
            select name, stream, scale, unit
            from unnest($1::text[], $2::text[], $3::int4[], $4::text[]) as n (name, stream, scale, unit)
            on conflict (name) do update
                set stream = excluded.stream, scale = excluded.scale, unit = excluded.unit
            where (metric.stream, metric.scale, metric.unit)
                <> (excluded.stream, excluded.scale, excluded.unit)
            """, parameters)
    }
}
