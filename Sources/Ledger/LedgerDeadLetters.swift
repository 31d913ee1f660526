package import Postgres

/// What operators do with records that were put aside.
package enum LedgerDeadLetters {
    package enum State: String, Sendable, CaseIterable {
        case waiting
        /// Sent to its topic once more, as a record of its own.
        case redriven
        case discarded
    }

    /// Where a dead letter is: its topic, partition, generation and offset.
    package struct Place: Hashable, Sendable, CustomStringConvertible {
        package var topic: String
        package var partition: Int32
        package var generation: Int32
        package var offset: Int64

        package init(topic: String, partition: Int32, generation: Int32, offset: Int64) {
            self.topic = topic
            self.partition = partition
            self.generation = generation
            self.offset = offset
        }

        /// Reads `TOPIC/PARTITION/GENERATION/OFFSET`. A topic has no slash in its name.
        package init?(_ text: String) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 4, !parts[0].isEmpty, let partition = Int32(parts[1]),
                let generation = Int32(parts[2]), let offset = Int64(parts[3])
            else { return nil }
            self.init(
                topic: String(parts[0]), partition: partition, generation: generation,
                offset: offset)
        }

        package var description: String { "\(topic)/\(partition)/\(generation)/\(offset)" }
    }

    /// Marks letters that still wait as redriven or discarded, with a row of the audit, and returns those it
    /// marked: another operator may have been faster.
    package static func mark(
        _ connection: inout PostgresConnection, _ places: [Place], _ state: State, who: String
    ) throws(PostgresFailure) -> [Place] {
        let rows = try connection.query(
            """
            with marked as (
                update ledger.dead_letter d set state = $5
                from unnest($1::text[], $2::int4[], $3::int4[], $4::int8[]) as u (topic, partition, gen, at)
                join ledger.topic_partition tp on tp.topic = u.topic and tp.partition = u.partition
                where d.topic_partition = tp.id and d.generation = u.gen and d.record_offset = u.at
                    and d.state = 'waiting'
                returning tp.topic, tp.partition, d.generation, d.record_offset
            ), told as (
                insert into ledger.audit (who, what, detail)
                select $6, 'dead_letters ' || $5, jsonb_agg(concat_ws('/', topic, partition, generation, record_offset))
                from marked having count(*) > 0
            )
            select topic, partition, generation, record_offset from marked
            order by topic, partition, generation, record_offset
            """,
            [
                .texts(places.map(\.topic)), .int4s(places.map(\.partition)),
                .int4s(places.map(\.generation)), .int8s(places.map(\.offset)),
                .text(state.rawValue), .text(who),
            ])
        return rows.map {
            Place(
                topic: $0.text(0), partition: $0.int4(1), generation: $0.int4(2), offset: $0.int8(3)
            )
        }
    }
}
