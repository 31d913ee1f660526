package import Aggregates
package import Postgres

/// Fingerprints of identities, as they stand in the ledger.
package enum LedgerFingerprints {
    /// The days of which the ledger has fingerprints, each with its last segment.
    ///
    /// Walks from day to day along the primary key: a year of a busy partition has tens of
    /// thousands of segments and 365 days.
    package static func days(
        _ connection: inout PostgresConnection, topicPartition: Int32, generation: Int32
    ) throws(PostgresFailure) -> [FingerprintSegmentEnd] {
        let rows = try connection.query(
            """
            with recursive latest (day, segment, bytes) as (
                (select day, segment, octet_length(hashes) from ledger.fingerprint_segment
                    where topic_partition = $1 and generation = $2
                    order by topic_partition desc, generation desc, day desc, segment desc limit 1)
                union all
                select f.day, f.segment, f.bytes from latest l cross join lateral (
                    select s.day, s.segment, octet_length(s.hashes) as bytes from ledger.fingerprint_segment s
                    where s.topic_partition = $1 and s.generation = $2 and s.day < l.day
                    order by s.topic_partition desc, s.generation desc, s.day desc, s.segment desc limit 1) f
            )
            select day, segment, bytes from latest order by day
            """, [.int4(topicPartition), .int4(generation)])
        return rows.map {
            FingerprintSegmentEnd(day: $0.date(0), segment: $0.int4(1), bytes: Int($0.int4(2)))
        }
    }

    /// The segments of one day, in order. `day` in days since 1970-01-01.
    package static func segments(
        _ connection: inout PostgresConnection, topicPartition: Int32, generation: Int32, day: Int32
    ) throws(PostgresFailure) -> [[UInt8]] {
        let rows = try connection.query(
            """
            select hashes from ledger.fingerprint_segment
            where topic_partition = $1 and generation = $2 and day = $3
            order by segment
            """, [.int4(topicPartition), .int4(generation), .date(day)])
        return rows.map { $0.bytes(0) }
    }
}
