import Aggregates
import Contracts
import HeadwayTesting
import Ledger
import Postgres

/// A migrated ledger with two streams, and what tests write into it.
struct LedgerFixture {
    let database: ScratchDatabase

    static let visits = "tourism.arrivals.v1"
    static let readings = "sector.measurements.v1"

    init() throws {
        database = try ScratchPostgres.shared().database(template: "ledger") { connection in
            try LedgerMigrations.apply(&connection)
            try CatalogueSync.run([Self.stream(), Self.measurements()], on: &connection)
        }
    }

    func connect() throws(PostgresFailure) -> PostgresConnection { try database.connect() }

    static func stream(
        name: String = "tourism.arrivals", topic: String = visits, scale: Int = 0,
        metrics: [String] = ["tourism.visitors"]
    ) throws -> StreamContract {
        StreamContract(
            name: name, kind: .events,
            topic: TopicContract(name: topic, partitions: 4, settings: [:]),
            zone: try shanghai(), eventType: "t", ignorableTypes: [], futureLimit: .seconds(86_400),
            outOfOrder: .seconds(60), fields: [],
            metrics: metrics.map {
                MetricContract(
                    name: $0, measure: .count, filter: nil, breakdowns: ["origin"], scale: scale,
                    unit: "persons")
            }
                + [
                    MetricContract(
                        name: "\(name)-spend", measure: .count, filter: nil, breakdowns: [],
                        scale: 2,
                        unit: "CNY")
                ])
    }

    static func measurements() throws -> StreamContract {
        var stream = try stream(name: "sector.measurements", topic: readings, metrics: [])
        stream.kind = .measurements
        stream.metrics = []
        return stream
    }

    struct NoZone: Error {}

    static func shanghai() throws -> Zone {
        guard let zone = Zone(identifier: "Asia/Shanghai") else { throw NoZone() }
        return zone
    }

    static func claim(
        _ connection: inout PostgresConnection, partition: Int32 = 0, owner: String = "a"
    ) throws(PostgresFailure) -> LedgerPosition {
        try LedgerPosition.claim(&connection, topic: visits, partition: partition, owner: owner)
    }

    static func commit(
        _ position: LedgerPosition, from expected: Int64? = nil, to next: Int64,
        counts: OutcomeCounts = OutcomeCounts(folded: 1), last: RecordMark? = nil,
        watermark: Instant? = nil, atEnd: Bool = false
    ) -> IngestCommit {
        IngestCommit(
            stream: position.stream,
            fences: [
                .init(
                    lane: Int(position.partition), topicPartition: position.topicPartition,
                    generation: position.generation, term: position.term,
                    expected: expected ?? position.nextOffset, next: next, last: last,
                    counts: counts,
                    watermark: watermark, atEnd: atEnd)
            ])
    }
}
