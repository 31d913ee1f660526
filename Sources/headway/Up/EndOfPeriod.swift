import Contracts
import Kafka
import Ledger
import Postgres

/// Knows whether everything that was sent is counted, judged by every plan, and published.
struct EndOfPeriod: ~Copyable {
    private let admin: KafkaAdmin
    private var connection: PostgresConnection
    private let streams: [StreamContract]
    private let plans: [PlanContract]
    /// The ends of the sector topics, once the city has sent its last record.
    private var ends: [TopicPartition: Int64] = [:]

    init(
        kafka: KafkaSettings, database: PostgresSettings, catalogue: Catalogue
    ) throws {
        let admin = try KafkaAdmin(settings: kafka)
        let connection = try PostgresConnection(database)
        self.admin = admin
        self.connection = connection
        self.streams = catalogue.streams
        self.plans = catalogue.plans
    }

    /// `judgedTo` is how far the judge said that it has come, by plan and stream. Call after the
    /// last record was acknowledged.
    mutating func isReached(judgedTo: [String: [String: Instant]]) throws -> Bool {
        if ends.isEmpty {
            let partitions = streams.flatMap { stream in
                (0..<stream.topic.partitions).map {
                    TopicPartition(topic: stream.topic.name, partition: Int32($0))
                }
            }
            ends = try admin.watermarks(partitions, timeout: .seconds(10)).mapValues(\.high)
        }
        guard try isCounted() else { return false }
        for plan in plans where try !isJudged(plan, judgedTo[plan.id] ?? [:]) { return false }
        return try isPublished()
    }

    private mutating func isCounted() throws -> Bool {
        let rows = try connection.query(
            "select topic, partition, next_offset, state from headway.positions")
        var next: [TopicPartition: Int64] = [:]
        for row in rows {
            guard row.text(3) == "running" else {
                throw CommandFailure(
                    "\(row.text(0))/\(row.int4(1)) is \(row.text(3)): the period cannot be finished"
                )
            }
            next[TopicPartition(topic: row.text(0), partition: row.int4(1))] = row.int8(2)
        }
        return ends.allSatisfy { $0.value == 0 || next[$0.key, default: 0] >= $0.value }
    }

    private mutating func isJudged(
        _ plan: PlanContract, _ judgedTo: [String: Instant]
    ) throws -> Bool {
        // Time passes for all streams of a plan alike: one that went quiet, or never had an event, is judged as far
        // as the last of the others. Where none ever had one, there is nothing to judge by.
        let row = try connection.query(
            "select max(watermark) from headway.positions where stream = any ($1)",
            [.texts(Set(plan.targets.map(\.source.stream)).sorted())]
        ).first
        guard let last = row?.optionalTimestamp(0) else { return true }
        return !judgedTo.isEmpty && judgedTo.values.allSatisfy { $0.microseconds >= last }
    }

    private mutating func isPublished() throws -> Bool {
        let row = try connection.query(
            """
            select
                not exists (
                    select from ledger.plan p
                    left join ledger.relay_mark m on m.shard = 'changes/' || p.id
                    where coalesce(m.published, 0) < p.last_sequence)
                and not exists (
                    select from ledger.dead_letter d
                    join ledger.topic_partition tp on tp.id = d.topic_partition
                    left join ledger.relay_mark m on m.shard = 'dead_letters/' || tp.topic || '/' || tp.partition
                        || '/' || d.generation
                    where d.record_offset > coalesce(m.published, -1))
            """
        ).first
        return row?.bool(0) ?? false
    }
}
