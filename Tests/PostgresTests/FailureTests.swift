import HeadwayTesting
import Postgres
import Testing

struct FailureTests {
    let database: ScratchDatabase

    init() throws { database = try ScratchPostgres.shared().database() }

    @Test(
        arguments: [
            (nil, .connection), ("08006", .connection), ("57P01", .connection),
            ("57P03", .connection),
            ("25006", .connection), ("25P03", .connection), ("40001", .retry), ("40P01", .retry),
            ("55P03", .retry), ("57014", .retry), ("0A000", .retry), ("22003", .data),
            ("22021", .data), ("23505", .data),
            ("21000", .data), ("53100", .resources), ("53300", .resources), ("58030", .resources),
            ("42P01", .schema), ("28P01", .schema), ("3D000", .schema), ("HW001", .fenced),
            ("HW002", .other),
            ("P0001", .other), ("XX000", .other),
        ] as [(String?, PostgresFailure.Kind)])
    func kinds(state: String?, kind: PostgresFailure.Kind) {
        #expect(PostgresFailure.kind(ofSQLState: state) == kind)
    }

    @Test func textsHoldNoValues() throws {
        var connection = try database.connect()
        _ = try connection.query("create table public.t (id text constraint only_once unique)")
        let canary = "canary-7351"
        for (sql, state) in [
            ("select $1::int8", "22P02"), ("insert into public.t values ($1), ($1)", "23505"),
            ("select to_timestamp($1, 'YYYY')", "22007"),
        ] {
            let failure = #expect(throws: PostgresFailure.self) {
                try connection.query(sql, [.text(canary)])
            }
            #expect(failure?.sqlState == state)
            #expect(failure.map { "\($0)".contains("canary") } == false)
        }
        // What libpq keeps of these errors does not come out with a later one either.
        let failure = #expect(throws: PostgresFailure.self) {
            try connection.query(
                "select pg_terminate_backend(pg_backend_pid()), $1", [.text(canary)])
        }
        #expect(failure.map { "\($0)".contains("canary") } == false)
    }

    @Test func passwordsAreNotShown() {
        let urls = [
            "postgres://user:canary@127.0.0.1:1/x", "host=127.0.0.1 port=1 password=canary",
            "postgres://user:canary@[/x", "postgres://u:canary@h:port/x", "canary",
        ]
        for url in urls {
            let settings = PostgresSettings(url: url, applicationName: "tests")
            #expect(!settings.describe().contains("canary"))
            do throws(PostgresFailure) {
                _ = try PostgresConnection(settings)
                Issue.record("connected to nowhere")
            } catch {
                #expect(!"\(error)".contains("canary"), "\(error)")
            }
        }
    }

    @Test func aBackendKilledInATransactionIsALostConnection() throws {
        var connection = try database.connect()
        var other = try database.connect()
        try connection.begin()
        _ = try connection.query("create table public.t (x int8)")
        _ = try other.query("select pg_terminate_backend($1, 5000)", [.int4(connection.backendPID)])
        let failure = #expect(throws: PostgresFailure.self) {
            try connection.query("insert into public.t values (1)")
        }
        #expect(failure?.kind == .connection)
        let broken = connection.isBroken
        #expect(broken)
        let again = #expect(throws: PostgresFailure.self) { try connection.query("select 1") }
        #expect(again?.kind == .connection)
        #expect(try other.query("select to_regclass('public.t') is null")[0].bool(0))
    }

    @Test func aBackendKilledBeforeCommitIsReachedIsAKnownOutcome() throws {
        var connection = try database.connect()
        let failure = #expect(throws: PostgresFailure.self) {
            try connection.transaction([
                .init("create table public.t (x int8)"),
                .init("select pg_terminate_backend(pg_backend_pid())"),
            ])
        }
        #expect(failure?.kind == .connection)
        #expect(failure?.sqlState == "57P01")
        #expect(failure?.outcomeUnknown == false)
    }

    @Test func aLostCommitIsAnUnknownOutcome() throws {
        var connection = try database.connect()
        // A deferred trigger runs within COMMIT and kills its own backend there.
        try connection.script(
            """
            create table public.t (x int8);
            create function public.die() returns trigger language plpgsql as $$
            begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
            create constraint trigger die after insert on public.t deferrable initially deferred
                for each row execute function public.die();
            """)
        let failure = #expect(throws: PostgresFailure.self) {
            try connection.transaction([.init("insert into public.t values (1)")])
        }
        #expect(failure?.kind == .connection)
        #expect(failure?.outcomeUnknown == true)
    }

    @Test func aCallEndsAtItsDeadline() throws {
        var connection = try database.connect()
        connection.callTimeout = .milliseconds(200)
        let begun = ContinuousClock.now
        let failure = #expect(throws: PostgresFailure.self) {
            try connection.transaction([.init("select pg_sleep(10)")])
        }
        #expect(failure?.kind == .connection)
        #expect(failure?.outcomeUnknown == true)
        #expect(ContinuousClock.now - begun < .seconds(5))
        let broken = connection.isBroken
        #expect(broken)
    }

    @Test func theServersLimitIsARetry() throws {
        var settings = database.settings
        settings.statementTimeout = .milliseconds(100)
        var connection = try PostgresConnection(settings)
        let failure = #expect(throws: PostgresFailure.self) {
            try connection.query("select pg_sleep(10)")
        }
        #expect(failure?.kind == .retry)
        #expect(failure?.sqlState == "57014")
        #expect(try connection.query("select 1")[0].int8(0) == 1)
    }

    @Test func aPlanThatTheSchemaLeftBehindIsMadeAnew() throws {
        var connection = try database.connect()
        try connection.script("create table public.t (x int8); insert into public.t values (1)")
        #expect(try connection.query("select * from public.t")[0].int8(0) == 1)
        try connection.script("alter table public.t add y int8")
        let failure = #expect(throws: PostgresFailure.self) {
            try connection.query("select * from public.t")
        }
        #expect(failure?.kind == .retry)
        #expect(try connection.query("select * from public.t")[0].isNull(1))
    }

    @Test func moreStatementsThanAreKept() throws {
        var connection = try database.connect()
        for number in 0..<600 {
            #expect(try connection.query("select \(number)")[0].int8(0) == Int64(number))
        }
        #expect(
            try connection.query("select count(*) from pg_prepared_statements")[0].int8(0) < 300)
    }
}
