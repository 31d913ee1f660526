import Aggregates
import Contracts
import Foundation
import HeadwayTesting
import Ledger
import Postgres
import Testing

struct LedgerSchemaTests {
    @Test func everyMigrationOfTheFolderIsApplied() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/Ledger/Migrations").standardized
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(
            LedgerMigrations.names
                == files.filter { $0.hasSuffix(".sql") }.map { String($0.dropLast(4)) }.sorted())
    }

    @Test func applyingTwiceKeepsTheSettings() throws {
        let database = try ScratchPostgres.shared().database()
        var connection = try database.connect()
        let missing = #expect(throws: PostgresFailure.self) {
            try LedgerSettings.fingerprintKey(&connection)
        }
        #expect(missing?.kind == .schema)
        #expect(try LedgerMigrations.apply(&connection) == LedgerMigrations.names)
        let key = try LedgerSettings.fingerprintKey(&connection)
        let id = try LedgerSettings.ledgerID(&connection)
        #expect(key.count == 16)
        #expect(try LedgerMigrations.apply(&connection) == [])
        #expect(try LedgerSettings.fingerprintKey(&connection) == key)
        #expect(try LedgerSettings.ledgerID(&connection) == id)
    }

    @Test func twoLedgersHaveDifferentKeys() throws {
        var keys: Set<[UInt8]> = []
        for _ in 0..<2 {
            let database = try ScratchPostgres.shared().database()
            var connection = try database.connect()
            _ = try LedgerMigrations.apply(&connection)
            keys.insert(try LedgerSettings.fingerprintKey(&connection))
        }
        #expect(keys.count == 2)
    }

    @Test func theCatalogueMayGrowButNotContradict() throws {
        let ledger = try LedgerFixture()
        var connection = try ledger.connect()
        var stream = try LedgerFixture.stream(metrics: ["tourism.visitors", "tourism.nights"])
        try CatalogueSync.run([stream], on: &connection)
        #expect(
            try connection.query(
                "select count(*) from headway.metrics where stream = 'tourism.arrivals'")[0].int8(0)
                == 3)
        // Nothing was read yet: the topic may still change.
        stream.topic.name = "tourism.arrivals.v2"
        try CatalogueSync.run([stream], on: &connection)
        _ = try LedgerPosition.claim(
            &connection, topic: "tourism.arrivals.v2", partition: 0, owner: "a")
        _ = try LedgerSeries.ids(&connection, [.init(metric: "tourism.visitors")])
        stream.topic.name = "tourism.arrivals.v3"
        let topic = #expect(throws: PostgresFailure.self) {
            try CatalogueSync.run([stream], on: &connection)
        }
        #expect(topic?.kind == .schema)
        #expect(topic?.message.contains("tourism.arrivals.v2") == true)
        stream.topic.name = "tourism.arrivals.v2"
        stream.metrics[0].scale = 3
        stream.metrics[1].unit = "nights"
        let scale = #expect(throws: PostgresFailure.self) {
            try CatalogueSync.run([stream], on: &connection)
        }
        #expect(scale?.message.contains("tourism.visitors") == true)
        #expect(
            try connection.query("select count(*) from headway.metrics where unit = 'nights'")[0]
                .int8(0) == 0)
    }
}
