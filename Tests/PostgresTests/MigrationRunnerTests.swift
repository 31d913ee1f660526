import Dispatch
import HeadwayTesting
import Postgres
import Synchronization
import Testing

struct MigrationRunnerTests {
    let database: ScratchDatabase
    let first = ("m001_one", "create table inner_.a (x int8); insert into inner_.a values (1);")
    let second = ("m002_two", "alter table inner_.a add y int8; update inner_.a set y = x + 1;")

    init() throws { database = try ScratchPostgres.shared().database() }

    private func runner(_ migrations: [(String, String)]) -> MigrationRunner {
        MigrationRunner(
            migrations: migrations.map { (name: $0.0, sql: $0.1) }, schemas: ["inner_", "outer_"])
    }

    @Test func appliesWhatIsMissingOnce() throws {
        var connection = try database.connect()
        #expect(try runner([first, second]).pending(on: &connection) == ["m001_one", "m002_two"])
        #expect(try runner([first]).run(on: &connection) == ["m001_one"])
        #expect(try runner([first, second]).pending(on: &connection) == ["m002_two"])
        #expect(try runner([first, second]).run(on: &connection) == ["m002_two"])
        #expect(try runner([first, second]).run(on: &connection) == [])
        #expect(try connection.query("select y from inner_.a")[0].int8(0) == 2)
        #expect(
            try connection.query("select from pg_namespace where nspname = 'outer_'").count == 1)
        // The session's limits are as they were.
        let row = try connection.query(
            "select current_setting('statement_timeout'), current_setting('lock_timeout')")[0]
        #expect(row.text(0) == "15s")
        #expect(row.text(1) == "5s")
    }

    @Test func refusesANewerSchemaWithOneSentence() throws {
        var connection = try database.connect()
        _ = try runner([first, second]).run(on: &connection)
        let failure = #expect(throws: PostgresFailure.self) {
            try self.runner([self.first]).run(on: &connection)
        }
        #expect(failure?.kind == .schema)
        #expect(
            failure?.message
                == "The database has migration m002_two, which this program (up to m001_one) does not know: "
                + "start a program at least as new as the database.")
        #expect(throws: PostgresFailure.self) {
            try self.runner([self.first]).pending(on: &connection)
        }
    }

    @Test func refusesAChangedMigration() throws {
        var connection = try database.connect()
        _ = try runner([first]).run(on: &connection)
        let failure = #expect(throws: PostgresFailure.self) {
            try self.runner([("m001_one", "select 1"), self.second]).run(on: &connection)
        }
        #expect(
            failure?.message == "Migration m001_one was changed after the database had applied it.")
        // Nothing was applied, and the lock is free again.
        #expect(try runner([first, second]).run(on: &connection) == ["m002_two"])
    }

    @Test func aFailingMigrationLeavesNothing() throws {
        var connection = try database.connect()
        let bad = ("m002_bad", "create table inner_.b (x int8); select 1 / 0;")
        let failure = #expect(throws: PostgresFailure.self) {
            try self.runner([self.first, bad]).run(on: &connection)
        }
        #expect(failure?.sqlState == "22012")
        #expect(failure?.message.hasPrefix("migration m002_bad: ") == true)
        #expect(try connection.query("select to_regclass('inner_.b') is null")[0].bool(0))
        #expect(try runner([first, second]).run(on: &connection) == ["m002_two"])
    }

    @Test func runnersThatStartTogetherApplyEachOnce() throws {
        let applied = Mutex<[String]>([])
        let failures = Mutex<[any Error]>([])
        DispatchQueue.concurrentPerform(iterations: 6) { _ in
            do {
                var connection = try database.connect()
                let names = try runner([first, second]).run(on: &connection)
                applied.withLock { $0 += names }
            } catch {
                failures.withLock { $0.append(error) }
            }
        }
        #expect(failures.withLock { $0.count } == 0)
        #expect(applied.withLock { $0.sorted() } == ["m001_one", "m002_two"])
    }
}
