import HeadwayTesting
import Postgres
import Testing

struct ConnectionTests {
    let database: ScratchDatabase

    init() throws { database = try ScratchPostgres.shared().database() }

    @Test func sessionIsPinned() throws {
        var connection = try database.connect()
        let row = try connection.query(
            """
            select current_setting('synchronous_commit'), current_setting('TimeZone'),
                current_setting('search_path'), current_setting('statement_timeout'),
                current_setting('idle_in_transaction_session_timeout'), current_setting('lock_timeout'),
                current_setting('client_connection_check_interval'), current_setting('application_name')
            """)[0]
        #expect(
            (0..<8).map { row.text($0) } == [
                "on", "UTC", "", "15s", "10s", "5s", "1s", "headway-tests",
            ])
    }

    @Test func settingsOfTheDatabaseDoNotReachASession() throws {
        var connection = try database.connect()
        _ = try connection.pipeline([
            .init("alter database \(database.name) set timezone = 'Asia/Shanghai'"),
            .init("alter database \(database.name) set synchronous_commit = off"),
            .init("alter database \(database.name) set search_path = public"),
        ])
        var second = try database.connect()
        let row = try second.query(
            "select current_setting('synchronous_commit'), current_setting('TimeZone'), current_setting('search_path')"
        )[0]
        #expect((0..<3).map { row.text($0) } == ["on", "UTC", ""])
    }

    @Test func transactionAnswersEachStatement() throws {
        var connection = try database.connect()
        let answers = try connection.transaction([
            .init("create table public.t (id int8 primary key, v text)"),
            .init(
                "insert into public.t select i, 'v' || i from unnest($1::int8[]) i",
                [.int8s([1, 2, 3])]),
            .init("select count(*), max(v) from public.t"),
        ])
        #expect(answers.count == 3)
        #expect(answers[1].affected == 3)
        #expect(answers[2][0].int8(0) == 3)
        #expect(answers[2][0].text(1) == "v3")
    }

    @Test func failureInAPipelineLeavesNothingBehind() throws {
        var connection = try database.connect()
        _ = try connection.query("create table public.t (id int8 primary key)")
        let failure = #expect(throws: PostgresFailure.self) {
            try connection.transaction([
                .init("insert into public.t values (1)"), .init("insert into public.t values (1)"),
                .init("insert into public.t values (2)"),
            ])
        }
        #expect(failure?.sqlState == "23505")
        #expect(failure?.kind == .data)
        #expect(failure?.outcomeUnknown == false)
        let broken = connection.isBroken
        #expect(!broken)
        // The connection goes on, and statements that the server skipped are planned when next
        // used.
        #expect(try connection.query("select count(*) from public.t")[0].int8(0) == 0)
        _ = try connection.transaction([.init("insert into public.t values (2)")])
        #expect(try connection.query("select count(*) from public.t")[0].int8(0) == 1)
    }

    @Test func commitOfAFailedTransactionIsNoCommit() throws {
        var connection = try database.connect()
        _ = try connection.query("create table public.t (id int8 primary key)")
        let failure = #expect(throws: PostgresFailure.self) {
            try connection.inTransaction { (connection) throws(PostgresFailure) in
                _ = try connection.query("insert into public.t values (1)")
                do throws(PostgresFailure) {
                    _ = try connection.query("select 1 / 0")
                } catch {
                    #expect(error.sqlState == "22012")
                }
            }
        }
        #expect(failure?.message.contains("ROLLBACK") == true)
        #expect(failure?.outcomeUnknown == false)
        #expect(try connection.query("select count(*) from public.t")[0].int8(0) == 0)
    }

    @Test func failureAtCommitItselfIsKnown() throws {
        var connection = try database.connect()
        _ = try connection.query(
            "create table public.t (id int8, constraint one unique (id) deferrable initially deferred)"
        )
        let failure = #expect(throws: PostgresFailure.self) {
            try connection.transaction([
                .init("insert into public.t values (1)"), .init("insert into public.t values (1)"),
            ])
        }
        #expect(failure?.sqlState == "23505")
        #expect(failure?.outcomeUnknown == false)
        #expect(failure?.message.contains("constraint one") == true)
    }
}
